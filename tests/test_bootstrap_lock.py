"""The lock is whole, for every platform, and everything that repeats a version agrees with it."""

import itertools
import re
import tomllib
from importlib import metadata

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from rnncourse.bootstrap import ROOT, Problem, lock

SECTIONS = lock.read(ROOT / "requirements.txt")
PINS = {pin.name: pin for pins in SECTIONS.values() for pin in pins}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLATFORMS = [("linux", "posix", "Linux"), ("darwin", "posix", "Darwin"), ("win32", "nt", "Windows")]
MACHINES = [
    {
        "sys_platform": sys_platform,
        "os_name": os_name,
        "platform_system": system,
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": version,
        "python_full_version": f"{version}.4",
        "extra": "",
    }
    for (sys_platform, os_name, system), version in itertools.product(
        PLATFORMS, ["3.11", "3.12", "3.13", "3.14"]
    )
]


def machine_name(machine):
    return f"{machine['sys_platform']}-{machine['python_version']}"


def given(machine):
    """The machine as the lock's own reader of conditions wants it."""
    return {**machine, "python_full_version": lock.Release(machine["python_full_version"])}


def direct(*extras):
    """The requirements of pyproject.toml, with those of its extras."""
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    return [Requirement(line) for line in lines if not line.startswith("rnncourse")]


@pytest.mark.parametrize("machine", MACHINES, ids=machine_name)
def test_conditions_are_read_as_the_standard_says(machine):
    for pin in PINS.values():
        if pin.marker:
            wanted = Marker(pin.marker).evaluate(machine)
            assert lock.holds(pin.marker, given(machine)) == wanted, pin


@pytest.mark.parametrize("machine", MACHINES, ids=machine_name)
def test_everything_that_a_package_asks_for_is_locked(machine):
    """Walk the installed packages' own requirements, as each platform would evaluate them."""
    seen, waiting = set(), [*direct("authoring", "test")]
    while waiting:
        wanted = waiting.pop()
        name = lock.canonical(wanted.name)
        pin = PINS.get(name)
        assert pin is not None, f"{wanted} is not in requirements.txt"
        assert wanted.specifier.contains(pin.version), f"{pin} does not satisfy {wanted}"
        assert pin.marker is None or lock.holds(pin.marker, given(machine)), pin
        extras = sorted(wanted.extras) or [""]
        if (name, *extras) in seen:
            continue
        seen.add((name, *extras))
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # belongs to another platform
            continue
        for requirement in map(Requirement, asked):
            if CUDA.match(requirement.name):
                continue
            marker = requirement.marker
            if marker is None or any(marker.evaluate({**machine, "extra": e}) for e in extras):
                waiting.append(requirement)


CUDA = re.compile("nvidia|cuda|triton")


def test_no_cuda_and_no_second_version():
    assert not [name for name in PINS if CUDA.match(name)]
    assert len(PINS) == sum(len(pins) for pins in SECTIONS.values())
    assert PINS["torch"].version == "2.13.0"


def test_a_learner_gets_no_test_tools():
    course = {pin.name for pin in SECTIONS["course"]}
    assert {"jupyterlab", "torch", "numpy", "matplotlib"} <= course
    assert not {"pytest", "playwright", "ruff", "nbval"} & course


def test_every_dependency_says_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in direct("authoring", "test"):
        assert re.search(rf'"{requirement.name}[^"]*", +# \w+', text), requirement.name


def test_conda_gets_the_same_versions():
    """environment.yml: every direct dependency of the course, at the lock's version."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    conda = dict(re.findall(r"^  - ([\w-]+)=([\w.]+)$", text, re.MULTILINE))
    assert SpecifierSet(PROJECT["requires-python"]).contains(conda.pop("python"))
    names = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
    there = {names.get(name, name): version for name, version in conda.items()}
    wanted = {lock.canonical(requirement.name) for requirement in direct()} | {"setuptools"}
    assert there == {name: PINS[name].version for name in wanted}


@pytest.mark.parametrize("line", ["torch>=2", "torch==2.13.0 torch", "-r other.txt", "torch"])
def test_a_line_that_is_no_pin_is_named(tmp_path, line):
    path = tmp_path / "requirements.txt"
    path.write_text(f"# [course]\nnumpy==2.0\n{line}\n")
    with pytest.raises(Problem, match=rf"line 3, '{re.escape(line)}' is not NAME==VERSION"):
        lock.read(path)


def test_a_missing_lock_is_told(tmp_path):
    with pytest.raises(Problem, match="complete clone"):
        lock.read(tmp_path / "requirements.txt")


def test_releases_compare_as_numbers():
    assert lock.Release("3.11.10") >= "3.11.9"
    assert lock.Release("3.9") < "3.11"
