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
# Beside the machine's own, those of a processor which is built for here.
if(CMAKE_CROSSCOMPILING)
  set(duckdb_of -${CMAKE_SYSTEM_PROCESSOR})
endif()
if(HITKEEP_STATIC)
  set(duckdb_static ${duckdb_dir}/static${duckdb_of})
  target_link_libraries(hitkeep_duckdb INTERFACE
    -Wl,--start-group
    ${duckdb_static}/libduckdb_static.a
    ${duckdb_static}/libicu_extension.a
    ${duckdb_static}/libjson_extension.a
    ${duckdb_static}/libparquet_extension.a
    ${duckdb_static}/libcore_functions_extension.a
    ${duckdb_static}/libduckdb_generated_extension_loader.a
    -Wl,--end-group)
else()
  target_link_libraries(hitkeep_duckdb INTERFACE ${duckdb_dir}/lib${duckdb_of}/libduckdb.so)
endif()
