# Freestanding code that goes into emitted kernels. It is compiled for the
# processor families that a target names, so it is a function, not a library.

find_program(AUTOGLM_CLANG NAMES clang++-19 HINTS ${LLVM_TOOLS_BINARY_DIR} REQUIRED)

# autoglm_kernel_rt(TARGET TRIPLE... ): writes KernelRT.inc, a table of
# {triple, which part, bitcode} rows, into the caller's build folder.
function(autoglm_kernel_rt target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/KernelRT.inc)
  set(inputs)
  foreach(triple IN LISTS ARGN)
    foreach(part Math Libcalls)
      set(source ${PROJECT_SOURCE_DIR}/lib/KernelRT/${part}.cpp)
      set(bitcode ${CMAKE_CURRENT_BINARY_DIR}/KernelRT/${triple}/${part}.bc)
      file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/KernelRT/${triple})
      # Neither paths nor the build folder go into what bundles contain.
      add_custom_command(OUTPUT ${bitcode}
        COMMAND ${AUTOGLM_CLANG} --target=${triple} -std=c++20 -O2 -Xclang -disable-llvm-passes
          -ffreestanding -fno-builtin -fno-math-errno -fno-trapping-math -ffp-contract=off
          -fno-exceptions -fno-rtti -fno-stack-protector -fno-asynchronous-unwind-tables
          -fPIC -w -emit-llvm -c ${part}.cpp -o ${bitcode}
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/lib/KernelRT
        DEPENDS ${source} COMMENT "KernelRT ${part} for ${triple}" VERBATIM)
      list(APPEND inputs ${triple} ${part} ${bitcode})
    endforeach()
  endforeach()
  set(files ${inputs})
  list(FILTER files INCLUDE REGEX "\\.bc$")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DINPUTS=${inputs}"
      -P ${PROJECT_SOURCE_DIR}/lib/KernelRT/Embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/lib/KernelRT/Embed.cmake
    COMMENT "Embedding KernelRT" VERBATIM)
  add_custom_target(${target} DEPENDS ${output})
endfunction()
