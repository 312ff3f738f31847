# src/<folder>/*_test.cc -> <folder>_test, registered test by test so that ctest runs them in parallel. What runs for
# seconds has the label `slow`: CTEST="-R ^store -LE slow" is the quick tests of one room.
include(GoogleTest)
set(slow_tests *LikeTheModel* *Determinism* *Property* *SurviveAKill* *SurvivesAKill* *EngineSoFar* *KilledAnywhere*
  *EveryRowIsTheSame* *BetweenTheSeals* *Damaged* *AfterACheckpoint* *AMonth* EngineMemory.* Plans.* *StatsCountLike*
  BulkLoad.LeavesWhat* Dictionary.MoreTexts* *OverAllZones* *WhatBrowsers* *ManyThreads* Maintenance.SortsAMonth*
  HotClosed.* Tally.AnswersAre* Resting.MoreTeams* *KilledRebuild*)
list(JOIN slow_tests ":" slow_tests)
add_library(unit_main OBJECT tests/unit/main.cc)
target_include_directories(unit_main PRIVATE src)
target_link_libraries(unit_main PRIVATE hitkeep_warnings)
function(discover_tests target prefix filter patience labels)
  # The executable itself ends a test that hangs, and says where; ctest's own limit stands behind the longest patience
  # that a test may ask for (base/testing/patience.h).
  set(limit 630)
  gtest_discover_tests(${target} TEST_PREFIX ${prefix} TEST_FILTER ${filter} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
    PROPERTIES TIMEOUT ${limit} LABELS "${labels}" ENVIRONMENT HITKEEP_TEST_SECONDS=${patience})
endfunction()
file(GLOB test_dirs LIST_DIRECTORIES true CONFIGURE_DEPENDS src/*)
foreach(dir ${test_dirs})
  get_filename_component(folder ${dir} NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*_test.cc ${dir}/testing/*.cc)
  if(NOT sources)
    continue()
  endif()
  add_executable(${folder}_test ${sources})
  target_link_libraries(${folder}_test PRIVATE hitkeep_core unit_main -l:libgmock.a -l:libgtest.a -l:librapidcheck.a)
  # Only for those that ask: the path would keep ccache from serving several checkouts.
  foreach(source ${sources})
    file(STRINGS ${source} asks REGEX HITKEEP_SOURCE_DIR LIMIT_COUNT 1)
    if(asks)
      set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS HITKEEP_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endif()
  endforeach()
  discover_tests(${folder}_test ${folder}. "-${slow_tests}" 30 unit)
  discover_tests(${folder}_test ${folder}. "${slow_tests}" 600 "unit;slow")
endforeach()

# Built as a release is, whatever this build is: tests/structure/hardening_test.py reads it.
add_executable(hardening_probe tests/structure/hardening_probe.cc)
target_compile_options(hardening_probe PRIVATE -O2)
target_link_libraries(hardening_probe PRIVATE hitkeep_hardened_code hitkeep_hardened_link)

# tests/<kind>/<name>_test.py -> <kind>.<name>: the real binary from outside, and checks of the tree itself.
file(GLOB python_tests CONFIGURE_DEPENDS tests/*/*_test.py)
foreach(script ${python_tests})
  get_filename_component(name ${script} NAME_WE)
  get_filename_component(dir ${script} DIRECTORY)
  get_filename_component(kind ${dir} NAME)
  string(REGEX REPLACE "_test$" "" name ${name})
  add_test(NAME ${kind}.${name} COMMAND python3 ${script})
  set_tests_properties(${kind}.${name} PROPERTIES TIMEOUT 600 LABELS ${kind}
    ENVIRONMENT "HITKEEP_BIN=$<TARGET_FILE:hitkeep>;HITKEEP_DEPS=${HITKEEP_DEPS};PYTHONPATH=${HITKEEP_DEPS}/python;PYTHONDONTWRITEBYTECODE=1")
endforeach()

# tests/e2e/browser/<name>.test.mjs -> browser.<name>: the real binary in a real browser.
file(GLOB browser_tests CONFIGURE_DEPENDS tests/e2e/browser/*.test.mjs)
foreach(script ${browser_tests})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME browser.${name} COMMAND node --test ${script})
  set_tests_properties(browser.${name} PROPERTIES TIMEOUT 600 LABELS browser
    ENVIRONMENT "HITKEEP_BIN=$<TARGET_FILE:hitkeep>;PYTHONPATH=${HITKEEP_DEPS}/python;PYTHONDONTWRITEBYTECODE=1;PATH=${HITKEEP_DEPS}/node-24.19.0/bin:$ENV{PATH}")
endforeach()

add_test(NAME lint COMMAND ${CMAKE_SOURCE_DIR}/scripts/lint)
set_tests_properties(lint PROPERTIES TIMEOUT 900)
add_test(NAME web COMMAND npm --prefix ${CMAKE_SOURCE_DIR}/web test)
set_tests_properties(web PROPERTIES TIMEOUT 600)
# Node comes from scripts/setup, whatever the system has.
set_tests_properties(lint web PROPERTIES ENVIRONMENT "PATH=${HITKEEP_DEPS}/node-24.19.0/bin:$ENV{PATH}")
