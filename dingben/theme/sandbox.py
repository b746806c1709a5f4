"""Sandbox for the templates of strangers: Jinja's, with bounded arithmetic and output, and with no source of chance.

What a template prints is a function of the book: there is no random number, no clock, no address of an object and no
path. https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

import jinja2
import jinja2.runtime
import jinja2.sandbox
import jinja2.utils

MAX_LENGTH = 1_000_000
"""Length of a string or list that is made by multiplication."""

MAX_BITS = 4096
"""Size of a whole number that is made by multiplication or as a power."""

MAX_OUTPUT = 100_000_000
"""Characters that a template may write: five times the longest book."""


class TemplateLimitError(jinja2.TemplateRuntimeError):
    """A template takes too much time, memory or output."""


class Method:
    """A method or function as a template sees it: it can be called, and is printed without its address."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function, self.name = function, name

    def __repr__(self) -> str:
        """Return the name."""
        return f"<method {self.name}>"


class Cycler(jinja2.utils.Cycler):
    """Jinja's cycler, printed without its address."""

    def __repr__(self) -> str:
        """Return the items."""
        return f"<cycler {self.items!r}>"


class Joiner(jinja2.utils.Joiner):
    """Jinja's joiner, printed without its address."""

    def __repr__(self) -> str:
        """Return the separator."""
        return f"<joiner {self.sep!r}>"


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """Jinja's sandbox without paths, whose methods read and write files, and without addresses of objects."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(optimized=False, **options)  # nothing is computed while a template is compiled
        del self.filters["random"]
        del self.globals["lipsum"]
        self.globals.update(cycler=Cycler, joiner=Joiner)
        self.filters = {name: listing(function) for name, function in self.filters.items()}

    def compile(self, source: Any, name: str | None = None, filename: str | None = None, *options: Any) -> Any:
        """Compile a template. Raises TemplateSyntaxError, also where Python's limits of nesting are passed."""
        try:
            return super().compile(source, name, filename, *options)
        except (RecursionError, SyntaxError) as error:
            raise jinja2.TemplateSyntaxError("it is nested too deeply", 0, name, filename) from error

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may access this attribute."""
        if isinstance(obj, PurePath | Method) or isinstance(value, PurePath):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute, or an item of that name."""
        return hidden(super().getattr(obj, attribute), attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item, or an attribute of that name."""
        return hidden(super().getitem(obj, argument), str(argument))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (Jinja's signature)
        """Call a function or method for a template."""
        function = __obj.function if isinstance(__obj, Method) else __obj
        return listed(super().call(__context, function, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply, or raise to a power, within bounds."""
        if operator == "*" and not is_small_product(left, right):
            raise TemplateLimitError("the product is too long")
        if operator == "**" and not is_small_power(left, right):
            raise TemplateLimitError("the power is too large")
        return super().call_binop(context, operator, left, right)


def hidden(value: Any, name: str) -> Any:
    """Return a value; a function or method that would be printed with its address becomes a `Method`."""
    plain = isinstance(value, type | jinja2.Undefined | jinja2.runtime.Macro | Method | Cycler | Joiner)
    return Method(value, name) if callable(value) and not plain else value


def listed(value: Any) -> Any:
    """Return a value; an iterator becomes a list, because it would be printed with its address."""
    return list(value) if isinstance(value, Iterator) and not isinstance(value, Cycler) else value


def listing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that gives lists, no iterators."""

    def filtered(*arguments: Any, **named: Any) -> Any:
        return listed(function(*arguments, **named))

    filtered.__dict__.update(getattr(function, "__dict__", {}))  # Jinja's marks: pass_context and the like
    return filtered


def is_small_product(left: Any, right: Any) -> bool:
    """Return whether a product is short enough."""
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length() <= MAX_BITS
    for one, other in ((left, right), (right, left)):
        if isinstance(one, int) and hasattr(other, "__len__"):
            return one * len(other) <= MAX_LENGTH
    return True


def is_small_power(left: Any, right: Any) -> bool:
    """Return whether a power is small enough."""
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) < 2 or right * left.bit_length() <= MAX_BITS
    return True


def render_within_limit(template: jinja2.Template, context: dict[str, Any], limit: int = MAX_OUTPUT) -> str:
    """Render a template. Raises TemplateLimitError, at the line that has written too much."""
    pieces, length = [], 0
    stream = template.generate(**context)
    for piece in stream:
        length += len(piece)
        if length > limit:
            stream.throw(TemplateLimitError(f"it writes more than {limit:,} characters"))  # type: ignore[attr-defined]
        pieces.append(piece)
    return "".join(pieces)
