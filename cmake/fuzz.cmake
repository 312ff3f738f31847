# src/**/<name>_fuzz.cc -> <name>_fuzz with libFuzzer; seeds in tests/fuzz/<name>/.
file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS src/*_fuzz.cc)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE hitkeep_core)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()
