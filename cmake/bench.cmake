# tests/bench/<name>.cc -> <name>, built only when asked for: cmake --build --preset release --target benches
add_custom_target(benches)
file(GLOB bench_sources CONFIGURE_DEPENDS tests/bench/*.cc)
foreach(source ${bench_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${name} PRIVATE hitkeep_core)
  add_dependencies(benches ${name})
endforeach()
