# What makes a bug harder to exploit. tests/structure/hardening_test.py reads it from the executables.
option(HITKEEP_HARDEN "Harden the program (off only to measure what it costs)" ON)

# Linking, in every build: a program at a random address, whose tables of addresses are read-only once it runs.
add_library(hitkeep_hardened_link INTERFACE)
target_link_options(hitkeep_hardened_link INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)

# Code: canaries before return addresses, checked copies, checked indexes of containers, marked targets of jumps.
# Releases only: sanitizers check more of it and do not go with _FORTIFY_SOURCE, which needs optimisation too.
add_library(hitkeep_hardened_code INTERFACE)
target_compile_options(hitkeep_hardened_code INTERFACE -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
target_compile_definitions(hitkeep_hardened_code INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(hitkeep_hardened_code INTERFACE -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(hitkeep_hardened_code INTERFACE -mbranch-protection=standard)
endif()

add_library(hitkeep_hardening INTERFACE)
if(HITKEEP_HARDEN)
  target_link_libraries(hitkeep_hardening INTERFACE hitkeep_hardened_link)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_link_libraries(hitkeep_hardening INTERFACE hitkeep_hardened_code)
  endif()
endif()
