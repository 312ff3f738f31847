add_library(hitkeep_warnings INTERFACE)
target_compile_options(hitkeep_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion
                       -Wno-missing-field-initializers -Wno-missing-designated-field-initializers
                       -Wimplicit-fallthrough -Werror=return-type -fno-omit-frame-pointer)
if(HITKEEP_SANITIZE)
  target_compile_options(hitkeep_warnings INTERFACE -fsanitize=${HITKEEP_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(hitkeep_warnings INTERFACE -fsanitize=${HITKEEP_SANITIZE})
endif()
