"""What can be seen in a function without running it: stubs, packages it may not use, globals."""

import ast
import builtins
import dis
import inspect
import textwrap
from types import FunctionType, ModuleType


def tree(function):
    """The function's definition, parsed; None when its source cannot be had."""
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndentationError, IndexError):
        return None
    return node if isinstance(node, ast.FunctionDef) else None


def is_stub(function) -> bool:
    """True when nothing but a docstring, `pass`, `...` or NotImplementedError is in the body."""
    node = tree(function)
    return node is not None and all(map(does_nothing, node.body))


def does_nothing(line):
    if isinstance(line, ast.Raise):
        name = line.exc.func if isinstance(line.exc, ast.Call) else line.exc
        return isinstance(name, ast.Name) and name.id == "NotImplementedError"
    return isinstance(line, ast.Pass) or (
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))


def without(*packages):
    """The rule that a function uses none of these, itself or in its helpers.

    A name is a package, a module or a function: "torch", "rnncourse.cells.rnn.rnn_step".
    """

    def rule(function):
        for text, origins in used(function):
            if any(belongs(origin, package) for origin in origins for package in packages):
                return (f"It uses `{text}`. The point of this exercise is to write that yourself, "
                        "in NumPy.")
        return ""

    return rule


def belongs(name, package):
    return name == package or name.startswith(f"{package}.")


def used(function, seen=None):
    """Pairs (text, full names) for every global that a function and its helpers use."""
    seen = {function} if seen is None else seen
    node = tree(function)
    for text in chains(node) if node else sorted(global_names(function)):
        objects = resolve(function, text)
        yield text, [full_name(thing) for thing in objects]
        helper = objects[-1] if objects else None
        if isinstance(helper, FunctionType) and helper not in seen \
                and origin(helper) == origin(function):
            yield from used(helper, seen | {helper})
    for imported in (n for n in (ast.walk(node) if node else ())
                     if isinstance(n, ast.Import | ast.ImportFrom)):
        above = getattr(imported, "module", None)
        for alias in imported.names:
            name = f"{above}.{alias.name}" if above else alias.name
            yield name, [name]


def chains(node):
    """Names and dotted names, as text: np.tanh, torch.nn.functional.relu."""
    inner = {id(n.value) for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    for n in ast.walk(node):
        if isinstance(n, ast.Name | ast.Attribute) and id(n) not in inner:
            root = n
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name):
                yield ast.unparse(n)


def resolve(function, text):
    """The objects a dotted name stands for, one per dot: torch, torch.nn, torch.nn.Linear."""
    root, *rest = text.split(".")
    if root in function.__code__.co_varnames:
        return []
    found, missing = [], object()
    thing = inspect.getclosurevars(function).nonlocals.get(
        root, function.__globals__.get(root, getattr(builtins, root, missing)))
    for name in [*rest, None]:
        if thing is missing:
            break
        found.append(thing)
        thing = getattr(thing, name, missing) if name and isinstance(thing, ModuleType) else missing
    return found


def origin(thing) -> str:
    """The module an object is, or comes from."""
    return thing.__name__ if isinstance(thing, ModuleType) else str(
        getattr(thing, "__module__", "") or "")


def full_name(thing) -> str:
    """torch.nn, or rnncourse.cells.rnn.rnn_step: what a rule may name."""
    if isinstance(thing, ModuleType):
        return thing.__name__
    return f"{origin(thing)}.{getattr(thing, '__name__', '')}"


def data_globals(function) -> list[str]:
    """Globals a function reads that are data: not modules, classes or functions."""
    return sorted(name for name in global_names(function)
                  if not isinstance(function.__globals__[name], ModuleType)
                  and not callable(function.__globals__[name]))


def helpers(function) -> list[FunctionType]:
    """The learner's own functions that this one calls by name."""
    found = (function.__globals__[name] for name in sorted(global_names(function)))
    return [one for one in found if isinstance(one, FunctionType) and one is not function
            and origin(one) == origin(function)]


def global_names(function) -> set[str]:
    """The globals that a function, or one nested in it, reads."""
    read, waiting = set(), [function.__code__]
    while waiting:
        code = waiting.pop()
        read |= {step.argval for step in dis.get_instructions(code)
                 if step.opname == "LOAD_GLOBAL"}
        waiting += [constant for constant in code.co_consts if hasattr(constant, "co_code")]
    return read & set(function.__globals__)
