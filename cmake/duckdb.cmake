# DuckDB 1.5.6. Development and tests link the prebuilt shared library; HITKEEP_STATIC links the
# archives that scripts/build-duckdb makes from the source package. scripts/setup puts both in place.
set(HITKEEP_DEPS "$ENV{HITKEEP_DEPS}" CACHE PATH "Where scripts/setup keeps what it downloaded and built")
if(NOT HITKEEP_DEPS)
  set(HITKEEP_DEPS "$ENV{HOME}/.cache/hitkeep")
endif()
set(duckdb_dir ${HITKEEP_DEPS}/duckdb-1.5.6)
if(NOT EXISTS ${duckdb_dir}/include/duckdb.h)
  message(FATAL_ERROR "DuckDB is not in ${duckdb_dir}: run scripts/setup (make does it)")
endif()
add_library(hitkeep_duckdb INTERFACE)
target_include_directories(hitkeep_duckdb SYSTEM INTERFACE ${duckdb_dir}/include)
if(HITKEEP_STATIC)
  target_link_libraries(hitkeep_duckdb INTERFACE
    -Wl,--start-group
    ${duckdb_dir}/static/libduckdb_static.a
    ${duckdb_dir}/static/libicu_extension.a
    ${duckdb_dir}/static/libjson_extension.a
    ${duckdb_dir}/static/libparquet_extension.a
    ${duckdb_dir}/static/libcore_functions_extension.a
    ${duckdb_dir}/static/libduckdb_generated_extension_loader.a
    -Wl,--end-group)
else()
  # Beside the machine's own, that of a processor which is built for here.
  set(duckdb_lib lib)
  if(CMAKE_CROSSCOMPILING)
    set(duckdb_lib lib-${CMAKE_SYSTEM_PROCESSOR})
  endif()
  target_link_libraries(hitkeep_duckdb INTERFACE ${duckdb_dir}/${duckdb_lib}/libduckdb.so)
endif()
