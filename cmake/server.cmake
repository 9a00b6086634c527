# The server's sources, with its description of the interface as bytes.
file(GLOB SERVER_SOURCES CONFIGURE_DEPENDS server/*.c)
set(OPENAPI ${CMAKE_SOURCE_DIR}/server/openapi.yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${OPENAPI})
file(READ ${OPENAPI} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/openapi_yaml.c @ONLY CONTENT [[/* Made of server/openapi.yaml. */
#include "server/openapi.h"

const unsigned char openapi_yaml[] = {@bytes@};
const size_t openapi_yaml_size = sizeof openapi_yaml;
]])
list(APPEND SERVER_SOURCES ${CMAKE_BINARY_DIR}/openapi_yaml.c)
