set(text "#pragma once\n// Generated from src/${FOLDER}/**/*.sql.\n#include <string_view>\n\nnamespace hk::sql::${FOLDER} {\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX REPLACE "^([0-9])" "migration_\\1" name ${name})  # 0001_identity.sql: an identifier can't begin so
  file(READ ${file} body)
  string(APPEND text "inline constexpr std::string_view ${name} = R\"__sql(${body})__sql\";\n")
endforeach()
string(APPEND text "}  // namespace hk::sql::${FOLDER}\n")
file(WRITE ${OUT} "${text}")
