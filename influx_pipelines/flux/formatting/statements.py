"""Statements, and the whole script."""

from __future__ import annotations

from influx_pipelines.flux import ast
from influx_pipelines.flux.formatting.hang import Affix, Hang
from influx_pipelines.flux.formatting.layout import LINE, Doc, Mark, between, join
from influx_pipelines.flux.formatting.rules import after, comments, doc, hang, plain, rule


def script(file: ast.File) -> Doc:
    """The whole script."""
    parts: list[Doc] = []
    if file.package:
        ends = [Mark.HARDLINE] * (3 if file.imports or file.body else 1)
        parts += [comments(file.package), "package ", plain(file.package.name), *ends]
    parts.append(between(map(plain, file.imports), Mark.HARDLINE))
    if file.imports and file.body:
        parts += [Mark.HARDLINE, Mark.HARDLINE]
    return join(*parts, _statements(file.body), comments(file, "eof"), Mark.HARDLINE)


def _statements(body: list[ast.Statement]) -> Doc:
    """Kinds are kept apart by a blank line, and so is what was, or begins with a comment."""
    parts: list[Doc] = []
    for before, statement in zip([None, *body], body, strict=False):
        if before is not None:
            gap = statement.at[0] - before.end[0] > 1
            apart = gap or type(statement) is not type(before) or _begins_with_comment(statement)
            parts += [Mark.HARDLINE, Mark.HARDLINE] if apart else [Mark.HARDLINE]
        parts.append(doc(statement))
    return join(*parts)


# What is written first of a node: a part of it, or a token with its comments.
_FIRST_PART = {
    ast.ExpressionStatement: "expression",
    ast.VariableAssignment: "id",
    ast.LogicalExpression: "left",
    ast.BinaryExpression: "left",
    ast.MemberExpression: "object",
    ast.IndexExpression: "array",
    ast.PipeExpression: "argument",
    ast.CallExpression: "callee",
}
_FIRST_TOKEN = {
    ast.ArrayExpression: "lbrack",
    ast.DictExpression: "lbrack",
    ast.FunctionExpression: "lparen",
    ast.ObjectExpression: "lbrace",
    ast.ParenExpression: "lparen",
    ast.ConditionalExpression: "tk_if",
}


def _begins_with_comment(node: ast.Node) -> bool:
    while type(node) in _FIRST_PART:
        node = getattr(node, _FIRST_PART[type(node)])
    return _FIRST_TOKEN.get(type(node), "comments") in (node.comments or {})


@rule(ast.ImportDeclaration)
def _import(node: ast.ImportDeclaration) -> Doc:
    alias = [plain(node.alias), " "] if node.alias and node.alias.name else []
    return join(comments(node), "import ", *alias, plain(node.path))


@rule(ast.ExpressionStatement)
def _alone(node: ast.ExpressionStatement) -> Doc:
    return doc(node.expression)


@rule(ast.VariableAssignment)
def _variable(node: ast.VariableAssignment) -> Doc:
    prefix = join(node.id.name, after(node), " =")
    return join(comments(node.id), hang(node.init).below(prefix, LINE))


@rule(ast.OptionStatement)
def _option(node: ast.OptionStatement) -> Doc:
    to = node.assignment
    target = to.id if isinstance(to, ast.VariableAssignment) else to.member
    prefix = join(plain(target), after(to), " =")
    return join(comments(node), "option ", hang(to.init).below(prefix, LINE))


@rule(ast.ReturnStatement)
def _return(node: ast.ReturnStatement) -> Doc:
    return hang(node.argument).below(join(comments(node), "return"), LINE)


@rule(ast.TestCaseStatement)
def _testcase(node: ast.TestCaseStatement) -> Doc:
    extends: list[Doc] = []
    if node.extends:
        extends = [LINE, "extends", LINE, plain(node.extends)]
    prefix = join("testcase", LINE, plain(node.id), *extends, LINE)
    return join(comments(node), hang(node.block).below(prefix))


@rule(ast.Block)
def _block(node: ast.Block) -> Hang:
    start = Affix(join(comments(node, "lbrace"), "{"), join(Mark.HARDLINE, "}"), nested=False)
    return Hang([start], join(Mark.HARDLINE, _statements(node.body), comments(node, "rbrace")))
