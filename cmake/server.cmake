# The server's sources, with its description of the interface and the files of the web page as bytes.
file(GLOB SERVER_SOURCES CONFIGURE_DEPENDS server/*.c)

# server_bytes(FILE OUT): its bytes as C has them. A change of the file configures anew.
function(server_bytes file out)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    set(${out} "${bytes}" PARENT_SCOPE)
endfunction()

server_bytes(${CMAKE_SOURCE_DIR}/server/openapi.yaml bytes)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/openapi_yaml.c @ONLY CONTENT [[/* Made of server/openapi.yaml. */
#include "server/openapi.h"

const unsigned char openapi_yaml[] = {@bytes@};
const size_t openapi_yaml_size = sizeof openapi_yaml;
]])
list(APPEND SERVER_SOURCES ${CMAKE_BINARY_DIR}/openapi_yaml.c)

# web/, flat: names are unique, and scripts name each other without a folder.
set(WEB_TYPE_html "text/html; charset=utf-8")
set(WEB_TYPE_css "text/css; charset=utf-8")
set(WEB_TYPE_js "text/javascript; charset=utf-8")
set(WEB_TYPE_svg "image/svg+xml")
file(GLOB WEB_FILES CONFIGURE_DEPENDS web/*.html web/*.svg web/css/*.css web/js/*.js)
set(web_arrays "")
set(web_rows "")
set(web_number 0)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/web)
foreach(file ${WEB_FILES})
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE ".*\\." "" ending ${name})
    set(packed ${CMAKE_BINARY_DIR}/web/${name}.gz)
    file(ARCHIVE_CREATE OUTPUT ${packed} PATHS ${file} FORMAT raw COMPRESSION GZip)
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    server_bytes(${file} bytes)
    file(READ ${packed} gzip HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," gzip "${gzip}")
    string(APPEND web_arrays "static const unsigned char plain_${web_number}[] = {${bytes}};\n"
           "static const unsigned char packed_${web_number}[] = {${gzip}};\n")
    string(APPEND web_rows "    {\"${name}\", \"${WEB_TYPE_${ending}}\", \"${hash}\", plain_${web_number}, "
           "sizeof plain_${web_number}, packed_${web_number}, sizeof packed_${web_number}},\n")
    math(EXPR web_number "${web_number} + 1")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/web_files.c @ONLY CONTENT [[/* Made of web/. */
#include "server/web_files.h"

@web_arrays@
const struct web_file web_files[] = {
@web_rows@};
const size_t web_file_count = sizeof web_files / sizeof *web_files;
]])
list(APPEND SERVER_SOURCES ${CMAKE_BINARY_DIR}/web_files.c)
