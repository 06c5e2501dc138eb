"""Statements, and the whole script."""

from __future__ import annotations

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing.cursor import DEEPEST, TOO_DEEP, keep
from influx_pipelines.flux.parsing.expressions import Expressions
from influx_pipelines.flux.parsing.lexer import Token

_BEGIN_EXPRESSION = frozenset(
    "INT FLOAT STRING QUOTE DIV TIME DURATION PIPE_RECEIVE LPAREN LBRACK LBRACE ADD SUB NOT EXISTS "
    "IF".split()
)


class Parser(Expressions):
    """The rules for statements; attributes are read and dropped, as the real server does."""

    def file(self, source: str) -> ast.File:
        """The whole script."""
        start = self.peek().at
        attributes = self._attributes()
        package = self._package() if self.peek().kind == "PACKAGE" else None
        if package:
            attributes = self._attributes()
        imports = []
        while self.peek().kind == "IMPORT":
            imports.append(self._import())
            attributes = self._attributes()
        body = self._statements()
        if attributes and not body:
            text = "extra attributes not associated with anything"
            place = self.place(attributes[0], attributes[-1])
            body.append(ast.BadStatement(text, **place))
        node = ast.File(package, imports, body, source=source)
        parts = [*([package] if package else []), *imports, *body]
        if parts:
            node.at, node.end = start, parts[-1].end
        keep(node, eof=self.peek())
        return node

    def _attributes(self) -> list[Token]:
        """The first and the last token of every attribute."""
        found = []
        while self.peek().kind == "ATTRIBUTE":
            found.append(self.scan())
            if self.peek().kind == "LPAREN":
                self.open("LPAREN", "RPAREN")
                for _ in self.progress():
                    self.value()
                    if self.peek().kind == "COMMA":
                        self.scan()
                found.append(self.close("RPAREN"))
            self.errors.clear()
        return found

    def _package(self) -> ast.PackageClause:
        start, name = self.scan(), self.identifier()
        node = ast.PackageClause(name, **self.place(start, name))
        keep(node, comments=start)
        return node

    def _import(self) -> ast.ImportDeclaration:
        start = self.scan()
        alias = self.identifier() if self.peek().kind == "IDENT" else None
        path = self.string()
        node = ast.ImportDeclaration(alias, path, **self.place(start, path))
        keep(node, comments=start)
        return node

    def block(self) -> ast.Block:
        """Statements in braces."""
        start = self.open("LBRACE", "RBRACE")
        body = self._statements()
        end = self.close("RBRACE")
        node = ast.Block(body, **self.place(start, end))
        keep(node, lbrace=start, rbrace=end)
        return node

    def _statements(self) -> list[ast.Statement]:
        found: list[ast.Statement] = []
        while self.more():
            self.depth += 1
            if self.depth > DEEPEST:
                self.errors.append(TOO_DEEP)
                found.append(self._bad_statement())
            else:
                found.append(self._statement())
            self.depth -= 1
        return found

    def _statement(self) -> ast.Statement:
        self._attributes()
        kind = self.peek().kind
        if kind in _BEGIN_EXPRESSION:
            return self._alone(self.expression())
        match kind:
            case "IDENT":
                name = self.identifier()
                if self.peek().kind == "ASSIGN":
                    return self._assignment(name)
                return self._alone(self.rest(name))
            case "OPTION":
                return self._option()
            case "TESTCASE":
                return self._testcase()
            case "RETURN":
                start, argument = self.scan(), self.expression()
                node = ast.ReturnStatement(argument, **self.place(start, argument))
                keep(node, comments=start)
                return node
        return self._bad_statement()

    def _bad_statement(self) -> ast.BadStatement:
        token = self.scan()
        node = ast.BadStatement(token.text, **self.place(token, token))
        keep(node, comments=token)
        return node

    def _alone(self, found: ast.Expression) -> ast.ExpressionStatement:
        return ast.ExpressionStatement(found, **self.place(found, found))

    def _assignment(self, name: ast.Identifier) -> ast.VariableAssignment:
        sign, value = self.scan(), self.expression()
        node = ast.VariableAssignment(name, value, **self.place(name, value))
        keep(node, comments=sign)
        return node

    def _option(self) -> ast.OptionStatement | ast.BadStatement:
        start, name = self.scan(), self.identifier()
        assignment: ast.VariableAssignment | ast.MemberAssignment
        match self.peek().kind:
            case "ASSIGN":
                assignment = self._assignment(name)
            case "DOT":
                assignment = self._member_assignment(name)
            case _:
                bad = ast.BadStatement(start.text, **self.place(start, start))
                keep(bad, comments=start)
                return bad
        node = ast.OptionStatement(assignment, **self.place(start, assignment))
        keep(node, comments=start)
        return node

    def _member_assignment(self, package: ast.Identifier) -> ast.MemberAssignment:
        dot, name = self.scan(), self.identifier()
        sign, value = self.expect("ASSIGN"), self.expression()
        place = self.place(package, value)
        member = ast.MemberExpression(package, name, **self.place(package, name))
        keep(member, lbrack=dot)
        node = ast.MemberAssignment(member, value, **place)
        keep(node, comments=sign)
        return node

    def _testcase(self) -> ast.TestCaseStatement:
        start, name, extends = self.scan(), self.identifier(), None
        if self.peek().kind == "IDENT" and self.peek().text == "extends":
            self.scan()
            extends = self.string()
        block = self.block()
        node = ast.TestCaseStatement(name, extends, block, **self.place(start, block))
        keep(node, comments=start)
        return node
