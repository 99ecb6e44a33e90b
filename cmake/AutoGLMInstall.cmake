# How the runtime is built beside its drivers and installed: bin, lib,
# lib/autoglm/drivers, include, lib/cmake/AutoGLM. The build folder has the same
# shape, so that the library finds its drivers in the same way in both. What the
# runtime world installs is the component Runtime.
include(CMakePackageConfigHelpers)

# autoglm_driver(FAMILY SOURCES... [LINK libs...])
function(autoglm_driver family)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(name autoglm_driver_${family})
  add_library(${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} ${CMAKE_DL_LIBS})
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/autoglm/drivers)
  install(TARGETS ${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/autoglm/drivers
    COMPONENT Runtime)
endfunction()

set(AUTOGLM_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/AutoGLM)
install(TARGETS autoglm_runtime EXPORT AutoGLMTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT Runtime NAMELINK_COMPONENT Runtime
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES
  ${PROJECT_SOURCE_DIR}/include/autoglm/runtime.h
  ${PROJECT_SOURCE_DIR}/include/autoglm/hal.h
  ${PROJECT_SOURCE_DIR}/include/autoglm/RuntimeErrors.def
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/autoglm COMPONENT Runtime)
install(EXPORT AutoGLMTargets NAMESPACE AutoGLM::
  DESTINATION ${AUTOGLM_PACKAGE_DIR} COMPONENT Runtime)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/AutoGLMConfig.cmake.in
  ${PROJECT_BINARY_DIR}/AutoGLMConfig.cmake
  INSTALL_DESTINATION ${AUTOGLM_PACKAGE_DIR})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/AutoGLMConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/AutoGLMConfig.cmake
  ${PROJECT_BINARY_DIR}/AutoGLMConfigVersion.cmake
  DESTINATION ${AUTOGLM_PACKAGE_DIR} COMPONENT Runtime)
