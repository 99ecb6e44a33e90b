# The lit half of the tests: writes the site configuration and adds the target
# `check`, which builds the tools and runs everything that scripts/test runs.

# The virtual environment that scripts/bootstrap makes; without it the tests
# that need ONNX's Python package count as skipped.
file(GLOB AUTOGLM_VENV_PYTHON
  ${PROJECT_BINARY_DIR}/venv/bin/python ${PROJECT_SOURCE_DIR}/build/venv/bin/python)
if(AUTOGLM_ONNX_PROTO)
  # <venv>/lib/python3.x/site-packages/onnx/onnx-ml.proto
  get_filename_component(_venv ${AUTOGLM_ONNX_PROTO}/../../../../.. ABSOLUTE)
  if(EXISTS ${_venv}/bin/python)
    list(PREPEND AUTOGLM_VENV_PYTHON ${_venv}/bin/python)
  endif()
endif()
list(APPEND AUTOGLM_VENV_PYTHON /usr/bin/python3)
list(GET AUTOGLM_VENV_PYTHON 0 AUTOGLM_PYTHON)

set(AUTOGLM_LLVM_BIN ${LLVM_TOOLS_BINARY_DIR})
if(NOT AUTOGLM_LLVM_BIN)
  set(AUTOGLM_LLVM_BIN /usr/lib/llvm-19/bin)
endif()

configure_file(${PROJECT_SOURCE_DIR}/test/lit.site.cfg.py.in
  ${PROJECT_BINARY_DIR}/test/lit.site.cfg.py @ONLY)

# A folder target, not a list of tools: whatever the build makes, tests may use.
add_custom_target(check
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR}
  COMMAND ${AUTOGLM_PYTHON} ${PROJECT_SOURCE_DIR}/test/tools/run-tests
    --build ${PROJECT_BINARY_DIR}
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  COMMENT "Running the unit and lit tests"
  USES_TERMINAL)
