"""The bundle: one folder, dropped into an empty Maya, used there, dropped out again; in a Python that has nothing else."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_plugin.install import bundle as bundling
from maya_plugin.install.bundle import PRIVATE, build_bundle
from maya_plugin.install.place import install, modules_folder, uninstall
from shot_format.errors import FormatError, MissingError, StorageError
from tests import fake_maya
from tests.fake_maya import Maya

OURS = ("maya_plugin", "shot_format")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bundle(tmp_path_factory.mktemp("out"))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Maya]:
    """A Maya whose user has nothing yet. Our own modules are those of the bundle while it runs."""
    running = Maya(user_folder=f"{tmp_path}/maya/")
    fake_maya.start(running)
    held = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in OURS}
    path = list(sys.path)
    for name in held:
        del sys.modules[name]
    yield running
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    sys.modules.update(held)
    sys.path[:] = path


def _drop(file: Path) -> None:
    """What Maya does with a Python file that is dropped into its viewport."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    module.onMayaDroppedPythonFile(None)
    assert file.stem not in sys.modules


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")} if folder.exists() else set()


def test_it_is_one_folder_of_plain_python(bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir()} == {
        "install_paintover.py", "uninstall_paintover.py", "paintover.mod", "paintover", "README.txt",
    }  # fmt: skip
    assert {path.name for path in (bundle / "paintover").iterdir()} == {"plug-ins", "scripts", "shelf", "private"}
    packages = {path.name for path in (bundle / "paintover" / "private").iterdir() if not path.name.endswith(".dist-info")}
    assert packages == set(PRIVATE)
    endings = {path.suffix for path in bundle.rglob("*") if path.is_file()}
    assert endings <= {".py", ".typed", ".pem", ".json", ".png", ".svg", ".mod", ".txt", ".md", ""}, "compiled, or not ours"
    for name in PRIVATE:
        assert list((bundle / "paintover" / "private").glob(f"{name}-*.dist-info/**/LICENSE*")), f"{name} has no licence"


@pytest.mark.skipif(sys.version_info < (3, 10), reason="this Python does not name its standard library")
def test_our_code_imports_nothing_but_the_private_packages(bundle: Path) -> None:
    allowed = {*OURS, "httpx", "maya", "PySide2", "PySide6", "shiboken2", "shiboken6", *sys.stdlib_module_names}
    for path in (bundle / "paintover" / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            assert {name.partition(".")[0] for name in names} <= allowed, path


def test_dropped_in_it_works_and_dropped_out_it_leaves_nothing(bundle: Path, empty: Maya, tmp_path: Path) -> None:
    _drop(bundle / "install_paintover.py")
    modules = tmp_path / "maya" / "modules"
    assert (modules / "paintover.mod").read_text().split() == ["+", "paintover", "0.1.0", "./paintover"]
    assert empty.plug_ins.autoload == {"paintover"} and len(empty.plug_ins.shelves["Paintover"]) == 5
    plug_in = sys.modules["maya_plugin.plug_in"].__file__
    assert plug_in is not None and Path(plug_in).is_relative_to(modules), "another copy answers"
    assert empty.plug_ins.messages[-1][0] == "dialog" and "installed" in empty.plug_ins.messages[-2][1]
    from maya import cmds

    with pytest.raises(RuntimeError, match="camera-missing"):
        cmds.paintover()
    cmds.optionVar(stringValue=("paintover_panel", "{}"))
    shelves = tmp_path / "maya" / empty.version / "prefs" / "shelves"
    shelves.mkdir(parents=True)
    (shelves / "shelf_Paintover.mel").write_text("// as Maya writes it when it ends")

    _drop(bundle / "install_paintover.py")  # brought up to date
    assert len(empty.plug_ins.shelves["Paintover"]) == 5

    _drop(bundle / "uninstall_paintover.py")
    prefs = f"{empty.version}/prefs"
    assert _files(tmp_path / "maya") == {empty.version, prefs, f"{prefs}/shelves"}, "more than Maya's own is left"
    assert not cmds.pluginInfo("paintover", query=True, registered=True) and empty.plug_ins.autoload == set()
    assert empty.plug_ins.shelves == {} and [name for name in empty.scene.option_vars if "paintover" in name] == []
    assert empty.callbacks == {} and not [path for path in sys.path if str(modules) in path]
    assert not [name for name in sys.modules if name.partition(".")[0] in OURS]


def test_a_module_folder_of_a_studio_needs_no_install(bundle: Path, empty: Maya, monkeypatch: pytest.MonkeyPatch) -> None:
    from maya import cmds

    monkeypatch.setenv("MAYA_MODULE_PATH", str(bundle))
    assert (bundle / "paintover.mod").as_posix() in cmds.loadModule(scan=True)
    cmds.loadModule(load=(bundle / "paintover.mod").as_posix())
    cmds.loadPlugin("paintover.py")
    assert len(empty.plug_ins.shelves["Paintover"]) == 5
    cmds.unloadPlugin("paintover")


def test_a_python_without_any_package_runs_the_client(bundle: Path, tmp_path: Path) -> None:
    """The private packages are found, at the END of the path, and serve."""
    program = (
        "import sys, maya_plugin.client, httpx, maya_plugin.doctor as d;"
        "assert sys.path[-1].endswith('private') and 'private' in httpx.__file__, httpx.__file__;"
        "assert not {'numpy', 'torch', 'anyio', 'render_server'} & set(sys.modules);"
        "print(d.report(d.examine()))"
    )
    environment = {
        "PYTHONPATH": str(bundle / "paintover" / "scripts"), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path), "PATH": os.environ["PATH"],
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-S", "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "from the bundle" in done.stdout and "No server is known" in done.stdout


def test_a_studios_own_copy_of_a_package_comes_first(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "httpx").mkdir()
    (tmp_path / "httpx" / "__init__.py").write_text("__version__ = 'the studio'")
    environment = {"PYTHONPATH": os.pathsep.join([str(bundle / "paintover" / "scripts"), str(tmp_path)]), "PYTHONDONTWRITEBYTECODE": "1"}
    program = "import maya_plugin, httpx; assert httpx.__version__ == 'the studio'"
    subprocess.run([sys.executable, "-S", "-c", program], env=environment, cwd=tmp_path / "httpx", check=True)


def test_installing_again_replaces_what_is_there_and_nothing_else(bundle: Path, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "theirs.mod").write_text("+ theirs 1.0 /there")
    for _ in range(2):
        assert install(bundle, modules) == modules / "paintover.mod"
        (modules / "paintover" / "left over").touch()
    install(bundle, modules)
    assert _files(modules / "paintover") == _files(bundle / "paintover")
    assert {path.name for path in modules.iterdir()} == {"theirs.mod", "paintover", "paintover.mod"}
    assert uninstall(modules) and not uninstall(modules)
    assert [path.name for path in modules.iterdir()] == ["theirs.mod"]


def test_what_cannot_be_installed_is_told_and_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError) as missing:
        install(tmp_path, tmp_path / "modules")
    assert missing.value.code == "bundle-missing"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        install(bundle, tmp_path / "file" / "modules")
    assert _files(tmp_path) == {"file"}


def test_a_package_that_old_pythons_cannot_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("numpy", "package-unfit"), ("no-such-package", "package-missing")):
        monkeypatch.setattr(bundling, "PRIVATE", (name,))
        with pytest.raises((FormatError, MissingError)) as caught:
            build_bundle(tmp_path / "out")
        assert caught.value.code == code and list((tmp_path / "out").iterdir()) == []


def test_where_a_user_keeps_modules() -> None:
    assert modules_folder("2026", {"MAYA_APP_DIR": "/home/u/maya"}) == Path("/home/u/maya/2026/modules")
    assert modules_folder(None, {"MAYA_APP_DIR": "/home/u/maya"}) == Path("/home/u/maya/modules")
    assert modules_folder(None, {}).name == "modules"
