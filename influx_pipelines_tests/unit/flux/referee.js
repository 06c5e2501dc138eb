// Asks InfluxData's own front end (a WASM package) about scripts: a JSON text a line in, one out.
// Out: {"tree": …, "formatted": …, "faults": …}, or {"error": …} when it fell over. For a tree in:
// {"formatted": …}.
const readline = require("readline");
const front = require(process.argv[2]);

for (const note of ["log", "info", "warn", "error"]) {
  console[note] = () => {}; // a panic prints its trace
}

// What a real server's formatter never sees: its tree has been through Go, which drops these.
function drop(node) {
  if (node === null || typeof node !== "object") return;
  delete node.attributes;
  if (node.with) delete node.with.with;
  for (const item of node.elements || []) delete item.comma;
  Object.values(node).forEach(drop);
}

function formatted(tree) {
  try {
    drop(tree);
    return front.format_from_js_file(tree);
  } catch (error) {
    return null; // a tree with errors has no text
  }
}

// The language server names the errors in the order of the compiler, those of types after them.
const server = new front.Lsp();
let shown = null;
server.onMessage((text) => (shown = JSON.parse(text).params.diagnostics));
server.run();
const say = (method, params, id) =>
  server.send(JSON.stringify({ jsonrpc: "2.0", method, params, id }));

async function faults(script, number) {
  const uri = `file:///${number}/script`;
  shown = null;
  await say("textDocument/didOpen", {
    textDocument: { uri, languageId: "flux", version: 1, text: script },
  });
  while (shown === null) await new Promise(setImmediate);
  await say("textDocument/didClose", { textDocument: { uri } });
  return shown.map(({ message, range: { start, end } }) => [
    message.replaceAll("script@", "@"),
    [start.line + 1, start.character + 1],
    [end.line + 1, end.character + 1],
  ]);
}

async function answer() {
  await say("initialize", { capabilities: {} }, 0);
  await say("initialized", {});
  let number = 0;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const script = JSON.parse(line);
    try {
      let found = {};
      if (typeof script === "string") {
        found = { tree: front.parse(script), faults: await faults(script, number++) };
      }
      const copy = JSON.parse(JSON.stringify(found.tree || script));
      found.formatted = formatted(copy);
      process.stdout.write(JSON.stringify(found) + "\n");
    } catch (error) {
      process.stdout.write(JSON.stringify({ error: String(error) }) + "\n");
    }
  }
}

answer();
