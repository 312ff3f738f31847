# Debian's libraries, static archives only (docs/dependencies.md).
find_package(Threads REQUIRED)
add_library(hitkeep_dependencies INTERFACE)
target_compile_definitions(hitkeep_dependencies INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(hitkeep_dependencies INTERFACE
  -l:libboost_json.a -l:libboost_container.a -l:libsqlite3.a -l:libssl.a -l:libcrypto.a -l:libargon2.a -l:libre2.a
  -l:libutf8proc.a -l:libmaxminddb.a -l:libbrotlienc.a -l:libbrotlidec.a -l:libbrotlicommon.a -l:libz.a -l:libzstd.a Threads::Threads ${CMAKE_DL_LIBS} m)
if(HITKEEP_STATIC)
  target_link_options(hitkeep_dependencies INTERFACE -static-libstdc++ -static-libgcc)
endif()
