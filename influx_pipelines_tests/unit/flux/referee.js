// Asks InfluxData's own front end (a WASM package) about scripts: a JSON text a line in, one out.
// Out: {"tree": …} for a script that parses, {"error": …} for one that does not.
const readline = require("readline");
const front = require(process.argv[2]);

for (const note of ["log", "warn", "error"]) {
  console[note] = () => {}; // a panic prints its trace
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const script = JSON.parse(line);
  let answer;
  try {
    answer = { tree: front.parse(script), valid: front.is_valid_flux(script) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
