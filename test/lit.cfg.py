# lit configuration of Open-AutoGLM. -*- Python -*-
#
# The build writes lit.site.cfg.py beside the test folder of the build; it sets
# the paths and loads this file. When lit was started on the source folder, this
# file comes first and hands over to the site configuration.

import os
import platform
import shutil

import lit.formats
import lit.util


def find_site_configuration():
    given = lit_config.params.get("autoglm_site_config")
    if given:
        return given
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.join(os.path.dirname(here), "build", "test",
                        "lit.site.cfg.py")


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("flags"):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


def python_has(module):
    _, _, code = lit.util.executeCommand(
        [config.autoglm_python, "-c",
         "import importlib.util, sys; "
         f"sys.exit(importlib.util.find_spec('{module}') is None)"])
    return code == 0


def set_up():
    config.name = "AutoGLM"
    config.test_format = lit.formats.ShTest(execute_external=False)
    config.suffixes = [".mlir", ".test", ".txt", ".py"]
    config.test_source_root = os.path.join(config.autoglm_source_dir, "test")
    config.test_exec_root = os.path.join(config.autoglm_build_dir, "test")
    config.excludes = [
        "CMakeLists.txt", "Inputs", "tools", "unit", "lit.cfg.py",
        "lit.site.cfg.py", "requirements.txt", "lit_test_times.txt",
    ]
    helpers = os.path.join(config.test_source_root, "tools")
    binaries = os.path.join(config.autoglm_build_dir, "bin")

    # Only what is named here comes in from outside, so that a test does not
    # depend on who runs it.
    environment = {"LANG": "C.UTF-8", "TZ": "UTC"}
    for name in ("HOME", "TMPDIR", "ASAN_SYMBOLIZER_PATH"):
        if name in os.environ:
            environment[name] = os.environ[name]
    environment["PATH"] = os.pathsep.join(
        [binaries, helpers, config.autoglm_llvm_bin, "/usr/bin", "/bin"])
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    # LeakSanitizer looks at our own allocations only: LLVM's statics stay.
    environment["ASAN_OPTIONS"] = "detect_leaks=0:strict_string_checks=1"
    environment["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    config.environment = environment

    def substitute(name, value):
        config.substitutions.append((name, value))

    python = config.autoglm_python
    substitute("%make-onnx",
               f"{python} {os.path.join(helpers, 'make_onnx.py')}")
    substitute("%python", python)
    substitute("%llvm-include", os.path.join(
        os.path.dirname(config.autoglm_llvm_bin), "include"))
    substitute("%source", config.autoglm_source_dir)
    substitute("%build", config.autoglm_build_dir)
    substitute("%helpers", helpers)
    substitute("%digits",
               os.path.join(config.autoglm_source_dir, "examples", "digits"))
    substitute("%cxx", config.autoglm_cxx)
    substitute("%cc", config.autoglm_cc)
    substitute("%shlibext", ".so")

    # The build folder of a runtime for 64-bit Arm: scripts/build-aarch64.
    runtime = os.path.abspath(
        os.environ.get("AUTOGLM_AARCH64_RUNTIME") or
        os.path.join(config.autoglm_source_dir, "build-aarch64"))
    if os.path.exists(os.path.join(runtime, "bin", "autoglm-run")):
        config.available_features.add("aarch64-runtime")
    substitute("%aarch64-run", " ".join([
        "qemu-aarch64", "-cpu", "cortex-a72", "-L", "/usr/aarch64-linux-gnu",
        os.path.join(runtime, "bin", "autoglm-run")]))
    if os.environ.get("AUTOGLM_EMULATE_ALL"):
        config.available_features.add("emulate-all")

    add_features(binaries)

    # Seconds; a test that hangs must not hang CI.
    if python_has("psutil"):
        lit_config.maxIndividualTestTime = 1200


def add_features(binaries):
    features = config.available_features
    features.add(platform.machine().replace("_", "-"))
    for tool in ("compile", "opt", "run", "verify", "bundle", "device"):
        if os.access(os.path.join(binaries, f"autoglm-{tool}"), os.X_OK):
            features.add(f"autoglm-{tool}")
    for module in ("onnx", "onnxruntime", "numpy", "jsonschema"):
        if python_has(module):
            features.add(module)
    for tool in ("qemu-aarch64", "clang++-19", "strace", "gdb"):
        if shutil.which(tool):
            features.add(tool)
    if os.path.isdir("/usr/share/libonnx-testdata"):
        features.add("libonnx-testdata")
    flags = cpu_flags()
    for flag, feature in (("avx2", "avx2"), ("avx512f", "avx512"),
                          ("avx512_vnni", "avx512-vnni")):
        if flag in flags:
            features.add(feature)
    if config.autoglm_sanitize:
        features.add("asan")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        features.add("root")


if hasattr(config, "autoglm_build_dir"):
    set_up()
else:
    site = find_site_configuration()
    if not os.path.exists(site):
        lit_config.fatal(f"{site} is missing: build first (scripts/build)")
    lit_config.load_config(config, site)
