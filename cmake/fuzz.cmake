# src/**/<name>_fuzz.cc -> <name>_fuzz with libFuzzer; seeds in tests/fuzz/<name>_fuzz/.
# In the asan preset every fuzzer runs over its seeds, and a little further, as a test; the fuzz preset instruments
# the whole program, for real fuzzing (make release-check).
file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS src/*_fuzz.cc)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  target_link_libraries(${name} PRIVATE hitkeep_core)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  if(BUILD_TESTING)
    # New inputs go to the build folder, never into the seeds.
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${name})
    add_test(NAME fuzz.${name} COMMAND ${name} -max_total_time=5 -seed=1 -artifact_prefix=${CMAKE_BINARY_DIR}/
             ${CMAKE_BINARY_DIR}/corpus/${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name})
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 180 LABELS fuzz)
  endif()
endforeach()
