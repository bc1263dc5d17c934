"""Environments are made from a declaration, kept, shared and removed; and nothing of them runs outside of a sandbox."""

from __future__ import annotations

import os
import platform
import sys
import threading
from pathlib import Path

import pytest

from checker.facts.actions import Script
from checker.facts.job import Job, RunLimits
from checker.facts.preloading import PreloadedLibraries
from checker.facts.tree import Tree
from checker.sandbox.environments import builder, kernel
from checker.sandbox.environments.builder import Environments
from checker.sandbox.environments.index_settings import index_variables
from checker.sandbox.environments.spec import EnvironmentSpec, EnvironmentUnavailable
from checker.sandbox.environments.uv import Uv, sentence
from checker.sandbox.open import open_sandbox

pytestmark = pytest.mark.slow


def asked(*lines: str, **more: object) -> EnvironmentSpec:
    return EnvironmentSpec(lines, certain=frozenset(lines), **more)


def unmade(environments: Environments, wanted: EnvironmentSpec) -> EnvironmentUnavailable:
    with pytest.raises(EnvironmentUnavailable) as raised:
        environments.make(wanted)
    return raised.value


def test_it_holds_what_was_asked_for_and_what_that_needs(environments, index):
    index.wheel("alpha", "1.0", needs=("beta>=2",))
    index.wheel("alpha", "2.0", needs=("beta>=2",))
    index.wheel("beta", "2.1")
    index.wheel("gamma", "1.0")
    made = environments.make(asked("alpha<2"))
    assert made.versions == {"alpha": "1.0", "beta": "2.1"}
    assert made.asked == ""
    site = Path(made.interpreter.site[0])
    assert (site / "alpha.py").read_text() == "VERSION = '1.0'\n"
    assert not (site / "gamma.py").exists()
    assert list((site / "__pycache__").glob("alpha.*.pyc"))


def test_a_program_runs_in_it(environments, index):
    index.wheel("alpha", "1.0")
    made = environments.make(asked("alpha"))
    source = "import alpha\nprint(alpha.VERSION)\nimport pandas"
    with open_sandbox("auto", interpreter=made.interpreter) as sandbox:
        seen = sandbox.run(Job(tree=Tree.of({"main.py": source}), action=Script("main.py")))
    assert seen.output == "1.0\n"
    assert seen.error is not None
    assert seen.error.message == "No module named 'pandas'"


def test_what_a_stranger_named_never_starts_outside_of_a_room(environments, index, tmp_path):
    mark = tmp_path / "mark"
    hostile = f"import pathlib; pathlib.Path({str(mark)!r}).write_text('here')"
    index.wheel("alpha", "1.0", {"alpha.pth": hostile + "\n", "pandas.py": hostile, "sitecustomize.py": hostile})
    made = environments.make(asked("alpha"))
    assert not made.interpreter.vouched
    with open_sandbox("bubblewrap", interpreter=made.interpreter) as sandbox:
        seen = sandbox.run(Job(tree=Tree.of({"main.py": "print(1)"}), action=Script("main.py")))
        assert (seen.output, seen.status) == ("1\n", 0)
        seen = sandbox.run(Job(tree=Tree.of({"main.py": "import pandas"}), action=Script("main.py")))
        assert seen.error is not None
    assert not mark.exists()


def test_it_is_made_once(environments, index, tmp_path):
    index.wheel("alpha", "1.0")
    begun = []
    first = environments.make(asked("alpha"), on_start=lambda: begun.append(1))
    again = environments.make(asked("alpha"), on_start=lambda: begun.append(2))
    assert begun == [1]
    assert again == first
    without = {"PATH": "/nonexistent"}
    with Environments(tmp_path / "environments", without) as others:  # nor is anybody asked
        assert others.make(asked("alpha")) == first


def test_where_packages_come_from_makes_no_other_environment(index, tmp_path):
    index.wheel("alpha", "1.0")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for folder in (index.folder, mirror):
        with Environments(tmp_path / "environments", index.variables(UV_FIND_LINKS=str(folder))) as environments:
            assert environments.make(asked("alpha")).versions == {"alpha": "1.0"}


def test_a_name_that_does_not_exist_is_the_students_failure(environments):
    reason = unmade(environments, asked("nosuchpackage"))
    assert reason.certain
    assert str(reason.reason) == "No package is called nosuchpackage."


def test_versions_that_contradict_each_other_are_too(environments, index):
    index.wheel("alpha", "1.0", needs=("beta<2",))
    index.wheel("beta", "1.0")
    index.wheel("beta", "2.0")
    refused = unmade(environments, asked("alpha", "beta==2.0"))
    assert refused.certain
    refused = unmade(environments, asked("alpha==1.0", "beta==2.0"))
    assert str(refused.reason) == "alpha needs beta<2, but beta==2.0 is declared."
    refused = unmade(environments, asked("beta==3.0"))
    assert refused.certain
    assert str(refused.reason) == "There is no version 3.0 of beta."
    assert str(refused.remedy) == "See which versions there are: pip index versions beta."


def test_not_where_another_system_has_it(environments, index):
    index.wheel("alpha", "1.0", tag="py3-none-win_amd64")
    assert not unmade(environments, asked("alpha")).certain


def test_not_where_conda_may_have_it(environments, index):
    index.wheel("alpha", "1.0")
    assert not unmade(
        environments, EnvironmentSpec(("nosuchpackage==1",), needed=frozenset({"nosuchpackage==1"}))
    ).certain
    both = EnvironmentSpec(
        ("alpha", "nosuchpackage==1"), certain=frozenset({"alpha"}), needed=frozenset({"nosuchpackage==1"})
    )
    assert not unmade(environments, both).certain


def test_what_only_conda_has_and_nobody_needs_is_left_out(environments, index):
    index.wheel("alpha", "1.0")
    index.wheel("icu", "1.0")
    made = environments.make(EnvironmentSpec(("alpha", "qt-main==5.15", "icu==73.2"), needed=frozenset({"alpha"})))
    assert made.versions == {"alpha": "1.0"}
    assert set(made.left_out) == {"qt-main", "icu"}


@pytest.fixture
def calls(monkeypatch):
    """How often uv was asked for an exact list."""
    made: list[str] = []
    call = Uv.run

    def run(self, *arguments, **more):
        made.append(" ".join(arguments[:2]))
        return call(self, *arguments, **more)

    monkeypatch.setattr(Uv, "run", run)
    return lambda: made.count("pip compile")


def export(number: int = 250) -> tuple[str, ...]:
    """Lines of conda's, as the export of a base environment has them: pip has most of them in no such version."""
    return tuple(f"package-{n}==1.{n}" for n in range(number))


def test_of_a_base_environment_only_what_is_needed_is_made(environments, index, calls):
    index.wheel("alpha", "1.0", needs=("beta",))
    for version in ("1.0", "2.0"):
        index.wheel("beta", version)
    index.wheel("gamma", "1.0")
    index.wheel("package-7", "1.7")
    lines = ("alpha==1.0", "beta==1.0", "gamma==1.0", *export())
    wanted = EnvironmentSpec(lines, needed=frozenset({"alpha==1.0"}), useful=frozenset({"gamma==1.0"}))
    made = environments.make(wanted)
    assert made.versions == {"alpha": "1.0", "beta": "1.0", "gamma": "1.0"}
    assert set(made.left_out) == {line.partition("==")[0] for line in export()}
    assert calls() <= 2  # one for the packages, one for the kernel


def test_what_does_not_agree_is_left_out_first(environments, index, calls):
    index.wheel("alpha", "1.0", needs=("beta>=2",))
    index.wheel("beta", "2.0")
    lines = ("alpha==1.0", "beta==1.0", "gamma==1.0", *export())
    wanted = EnvironmentSpec(lines, needed=frozenset({"alpha==1.0"}), useful=frozenset({"gamma==1.0"}))
    made = environments.make(wanted)
    assert made.versions == {"alpha": "1.0", "beta": "2.0"}
    assert {"gamma"} <= set(made.left_out)
    assert calls() <= 5


def test_it_is_not_left_out_one_by_one_for_ever(environments, index, calls):
    index.wheel("alpha", "1.0")
    made = environments.make(EnvironmentSpec(("alpha==1.0", *export(70)), needed=frozenset({"alpha==1.0"})))
    assert made.versions == {"alpha": "1.0"}
    assert calls() <= 9


def test_what_is_needed_and_not_there_is_not_looked_for_again_and_again(environments, index, calls):
    wanted = EnvironmentSpec(("alpha==1.0", *export()), needed=frozenset({"alpha==1.0"}))
    reason = unmade(environments, wanted)
    assert not reason.certain
    assert "alpha" in str(reason.reason)
    assert calls() <= 3


def test_what_is_needed_makes_another_environment(environments, index):
    index.wheel("alpha", "1.0")
    index.wheel("package-7", "1.7")
    one = environments.make(EnvironmentSpec(("alpha==1.0", *export()), needed=frozenset({"alpha==1.0"})))
    other = environments.make(
        EnvironmentSpec(("alpha==1.0", *export()), needed=frozenset({"alpha==1.0", "package-7==1.7"}))
    )
    assert one.versions == {"alpha": "1.0"}
    assert other.versions == {"alpha": "1.0", "package-7": "1.7"}


def test_no_index_is_asked_for_thousands_of_packages(environments, calls):
    assert "More than 1000" in str(unmade(environments, asked(*export(1_500))).reason)
    assert calls() == 0


def test_not_where_the_index_knows_nothing_at_all(index, tmp_path):
    for wheel in index.folder.glob("*.whl"):
        wheel.unlink()
    with Environments(tmp_path / "environments", index.variables()) as environments:
        assert not unmade(environments, asked("alpha")).certain


def test_an_index_that_does_not_answer_is_nobodys_failure(tmp_path):
    address = "http://user:secret@127.0.0.1:9/simple/"
    variables = {"PATH": "/usr/bin:/bin", "UV_DEFAULT_INDEX": address, "UV_HTTP_RETRIES": "0"}
    with Environments(tmp_path / "environments", variables) as environments:
        reason = unmade(environments, asked("alpha"))
    assert not reason.certain
    said = f"{reason.reason} {reason.remedy}"
    assert "cannot be reached" in said
    assert "127.0.0.1" not in said
    assert "secret" not in said


def test_without_uv(monkeypatch, environments):
    monkeypatch.setattr(builder, "program", lambda _variables: None)
    reason = unmade(environments, asked("alpha"))
    assert not reason.certain
    assert "uv is not installed" in str(reason.reason)


def test_nothing_is_built(environments, index, tmp_path):
    import tarfile

    source = tmp_path / "alpha-1.0"
    source.mkdir()
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n")
    (source / "setup.py").write_text(f"open({str(tmp_path / 'built')!r}, 'w')\nimport setuptools\nsetuptools.setup()\n")
    with tarfile.open(index.folder / "alpha-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "alpha-1.0")
    assert not unmade(environments, asked("alpha")).certain
    assert not (tmp_path / "built").exists()


def test_what_is_half_made_is_made_again(environments, index, tmp_path):
    index.wheel("alpha", "1.0")
    made = environments.make(asked("alpha"))
    place = Path(made.interpreter.prefix).parent
    (place / "made.json").unlink()
    Path(made.interpreter.site[0], "alpha.py").unlink()
    with Environments(tmp_path / "environments", index.variables()) as others:
        threading.Timer(0.5, environments.__exit__).start()  # until then it is in use, and nobody touches it
        again = others.make(asked("alpha"))
    assert again == made
    assert Path(made.interpreter.site[0], "alpha.py").exists()


def test_two_at_once_make_one(index, tmp_path):
    index.wheel("alpha", "1.0")
    begun: list[int] = []
    found: list[object] = []

    def make(number: int) -> None:
        with Environments(tmp_path / "environments", index.variables()) as environments:
            found.append(environments.make(asked("alpha"), on_start=lambda: begun.append(number)))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert found[0] == found[1] == found[2]


def test_the_longest_unused_go_first(index, tmp_path):
    for name in ("alpha", "beta", "gamma"):
        index.wheel(name, "1.0")
    places = {}
    for number, name in enumerate(("alpha", "beta", "gamma")):
        with Environments(tmp_path / "environments", index.variables(), most=2) as environments:
            place = Path(environments.make(asked(name)).interpreter.prefix).parent
            places[name] = place
            os.utime(place / "made.json", (number, number))
    assert [place.exists() for place in places.values()] == [False, True, True]


def test_one_in_use_is_not_removed(environments, index, tmp_path):
    index.wheel("alpha", "1.0")
    place = Path(environments.make(asked("alpha")).interpreter.prefix)
    with Environments(tmp_path / "environments", index.variables()) as others:
        others.clear()
        assert place.exists()
        environments.__exit__()
        others.clear()
        assert not place.exists()


def test_one_that_is_too_large_leaves_nothing(index, tmp_path):
    index.wheel("alpha", "1.0", {"alpha.py": "#" * 3_000_000})
    with Environments(tmp_path / "environments", index.variables(), largest=1 << 20) as environments:
        reason = unmade(environments, asked("alpha"))
        assert not reason.certain
        assert environments.contents()[0] == 0


def test_a_folder_of_somebody_elses_is_not_used(environments, index, tmp_path):
    (tmp_path / "environments").mkdir(mode=0o700)
    (tmp_path / "environments").chmod(0o777)
    index.wheel("alpha", "1.0")
    assert "cannot be kept" in str(unmade(environments, asked("alpha")).reason)


def test_a_file_is_read_with_what_it_includes(environments, index, tmp_path):
    index.wheel("alpha", "1.0")
    index.wheel("beta", "1.0")
    (tmp_path / "base.txt").write_text("alpha\n")
    file = tmp_path / "requirements.txt"
    file.write_text("-r base.txt\n# more\nbeta==1.0\n")
    assert environments.make(EnvironmentSpec(file=file)).versions == {"alpha": "1.0", "beta": "1.0"}
    (tmp_path / "base.txt").write_text("")
    assert environments.make(EnvironmentSpec(file=file)).versions == {"beta": "1.0"}


def test_a_wrong_line_is_named(environments, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("packaging\n\nnumpy=1.2\n")
    reason = unmade(environments, EnvironmentSpec(file=file))
    assert reason.certain
    assert str(reason.reason).startswith("requirements.txt, line 3: ")


def test_a_python_that_is_not_here(environments, index):
    index.wheel("alpha", "1.0")
    made = environments.make(asked("alpha", python="==3.4.*"))
    assert made.asked == "==3.4.*"


def test_the_python_that_is_here_stands_for_another_patch_of_it(environments, index):
    index.wheel("alpha", "1.0")
    wanted = f"==3.{sys.version_info.minor}.99.*"
    made = environments.make(asked("alpha", python=wanted))
    assert made.python == platform.python_version()
    assert made.asked == wanted


@pytest.fixture
def kernels(index, monkeypatch):
    """Kernels of several years; which of them runs is decided by the test, as is on which way."""
    for version in ("7.1", "6.30", "6.1"):
        index.wheel("ipykernel", version, needs=("matplotlib-inline",))
    for version in ("0.2", "0.1"):
        index.wheel("matplotlib-inline", version)
    tried: list[tuple[str, bool]] = []

    def decide(runs) -> list[tuple[str, bool]]:
        def answer(interpreter, packages, *_) -> bool:
            folders = [*interpreter.overlaid, *interpreter.site]
            [source] = [path.read_text() for folder in folders for path in Path(folder).glob("ipykernel.py")]
            version = source.partition("'")[2].rstrip("'\n")
            tried.append((version, interpreter.vouched))
            return runs(version, interpreter.vouched)

        monkeypatch.setattr(builder, "runs_notebooks", answer)
        return tried

    return decide


def test_the_newest_kernel_that_runs_is_laid_over(environments, index, kernels):
    index.wheel("alpha", "1.0")
    tried = kernels(lambda version, _: version == "6.1")
    made = environments.make(asked("alpha"))
    assert tried == [("7.1", False), ("6.30", False), ("6.1", False)]
    assert made.interpreter.kernel
    [overlay] = made.interpreter.overlaid
    assert "6.1" in Path(overlay, "ipykernel.py").read_text()


def test_none_is_left_where_none_runs(environments, index, kernels):
    index.wheel("alpha", "1.0")
    kernels(lambda *_: False)
    made = environments.make(asked("alpha"))
    assert not made.interpreter.kernel
    assert made.interpreter.overlaid == ()
    assert not Path(made.interpreter.prefix).parent.joinpath("kernel").exists()


def test_a_kernel_of_the_environment_is_taken_as_it_is(environments, index, kernels):
    index.wheel("alpha", "1.0")
    tried = kernels(lambda *_: True)
    made = environments.make(asked("alpha", "ipykernel==6.30"))
    assert tried == [("6.30", False)]
    assert made.interpreter.kernel
    assert made.interpreter.overlaid == ()
    assert not made.interpreter.vouched


def test_what_the_declaration_leaves_open_goes_with_its_libraries(environments, index, kernels):
    index.wheel("matplotlib", "3.7")
    kernels(lambda *_: True)
    assert environments.make(asked("matplotlib", "ipykernel")).versions["matplotlib-inline"] == "0.1"
    fixed = environments.make(asked("matplotlib", "ipykernel", "matplotlib-inline==0.2"))
    assert fixed.versions["matplotlib-inline"] == "0.2"


def test_a_kernel_laid_over_what_was_fixed_too_new_is_tried_all_the_same(environments, index, kernels):
    index.wheel("matplotlib", "3.7")
    kernels(lambda *_: True)
    assert environments.make(asked("matplotlib", "matplotlib-inline==0.2")).interpreter.kernel


def test_the_short_way_is_taken_only_where_a_notebook_runs_on_it(environments, index, kernels, tmp_path):
    index.wheel("alpha", "1.0")
    file = tmp_path / "requirements.txt"
    for number, short in enumerate((True, False)):
        tried = kernels(lambda _, vouched, short=short: short or not vouched)
        file.write_text(f"# {number}\nalpha\n")
        made = environments.make(EnvironmentSpec(file=file), trusted=True)
        assert made.interpreter.kernel
        assert made.interpreter.vouched is short
        assert tried[-2:] == [("7.1", False), ("7.1", True)]


def test_an_environment_is_tried_again_where_another_course_preloads_other_libraries(index, kernels, tmp_path):
    index.wheel("alpha", "1.0")
    file = tmp_path / "requirements.txt"
    file.write_text("alpha\n")
    tried = kernels(lambda *_: True)
    for libraries in (PreloadedLibraries(), PreloadedLibraries(notebooks=("alpha",)), PreloadedLibraries()):
        with Environments(tmp_path / "environments", index.variables(), libraries=libraries) as environments:
            assert environments.make(EnvironmentSpec(file=file), trusted=True).interpreter.vouched
    assert tried == [("7.1", False), ("7.1", True)] * 2


@pytest.mark.parametrize("broken", ["raise ImportError", "import os; os._exit(0)"])
def test_a_kernel_is_tried_for_real(environments, index, broken):
    index.wheel("ipykernel", "7.1", {"ipykernel/__init__.py": broken + "\n"})
    assert not environments.make(asked("ipykernel")).interpreter.kernel


@pytest.mark.slow
def test_one_that_never_answers_is_not_kept_as_none(environments, index, monkeypatch):
    monkeypatch.setattr(kernel, "_LIMITS", RunLimits(seconds=4))
    index.wheel("ipykernel", "7.1", {"ipykernel/__init__.py": "while True: pass\n"})
    assert "not made in time" in str(unmade(environments, asked("ipykernel")).reason)
    assert environments.contents()[0] == 0


def test_one_in_which_nothing_starts_says_so(environments, index):
    index.wheel("ipykernel", "7.1", {"ipykernel/__init__.py": "", "leaves.pth": "import os; os._exit(3)\n"})
    reason = unmade(environments, asked("ipykernel"))
    assert "does not start" in str(reason.reason)
    assert not reason.certain


PIP = """[global]
index-url = https://one.example/simple
extra-index-url =
    https://two.example/simple
    https://three.example/simple
trusted-host = two.example
cert = /etc/bundle.pem
"""


def test_pips_configuration_counts_where_uv_has_none(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text(PIP)
    told = index_variables({"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x", "UV_PYTHON": "3.9"}, [file])
    assert told == {
        "PATH": "/bin",
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "two.example",
        "SSL_CERT_FILE": "/etc/bundle.pem",
    }
    assert index_variables({"PIP_INDEX_URL": "https://four.example"}, [file])["UV_DEFAULT_INDEX"] == (
        "https://four.example"
    )
    own = {"UV_DEFAULT_INDEX": "https://five.example"}
    assert index_variables(own, [file]) == own


def test_no_address_is_repeated():
    said = sentence(
        "error: No solution\n  cause: Because a was not found at https://u:p@host.example/simple/a/ and you require a, "
        "we can conclude that your requirements are unsatisfiable.\nhint: look at https://host.example"
    )
    assert said == "Because a was not found at … and you require a"
