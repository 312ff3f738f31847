# Puts .sql files and web assets into the program.

# src/<folder>/**/<name>.sql becomes hk::sql::<folder>::<name> in "sql/<folder>.h" (0001_x.sql: migration_0001_x, and one of
# hk::sql::<folder>::migrations).
function(embed_sql target)
  file(GLOB folders LIST_DIRECTORIES true CONFIGURE_DEPENDS src/*)
  foreach(dir ${folders})
    if(NOT IS_DIRECTORY ${dir})
      continue()
    endif()
    get_filename_component(folder ${dir} NAME)
    file(GLOB_RECURSE sql CONFIGURE_DEPENDS ${dir}/*.sql)
    if(NOT sql)
      continue()
    endif()
    set(header ${CMAKE_BINARY_DIR}/gen/sql/${folder}.h)
    add_custom_command(OUTPUT ${header}
      COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUT=${header} "-DFILES=${sql}" -P ${CMAKE_SOURCE_DIR}/cmake/sql_header.cmake
      DEPENDS ${sql} ${CMAKE_SOURCE_DIR}/cmake/sql_header.cmake VERBATIM)
    target_sources(${target} PRIVATE ${header})
  endforeach()
endfunction()

# The built dashboard and tracker (web/dist); without them the program still builds and says so in the browser.
function(embed_assets target)
  set(dist ${CMAKE_SOURCE_DIR}/web/dist)
  set(out ${CMAKE_BINARY_DIR}/gen/assets)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/gen)
  # The manifest changes with every web build, also when it appears for the first time.
  file(GLOB manifest CONFIGURE_DEPENDS ${dist}/manifest.tsv)
  add_custom_command(OUTPUT ${out}.S ${out}.cc
    COMMAND python3 ${CMAKE_SOURCE_DIR}/cmake/assets.py ${dist} ${out}.S ${out}.cc
    DEPENDS ${manifest} ${CMAKE_SOURCE_DIR}/cmake/assets.py VERBATIM)
  target_sources(${target} PRIVATE ${out}.S ${out}.cc)
  # The assembler reads the files themselves; the manifest stands for all of them.
  set_source_files_properties(${out}.S PROPERTIES OBJECT_DEPENDS "${manifest}")
endfunction()
