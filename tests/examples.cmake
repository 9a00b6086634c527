# Installs the build into a temporary folder and builds examples/*.c against it, with nothing but the
# public header, the library and vultus.pc; then runs them. A library with sanitizers would need them
# in the examples too, so those builds leave this out.
find_program(VULTUS_PYTHON NAMES python3)
if(TARGET vultus_cli AND VULTUS_PYTHON AND NOT VULTUS_SANITIZE)
    add_test(NAME examples/installed COMMAND ${VULTUS_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/cli/test_examples.py)
    set_tests_properties(examples/installed PROPERTIES LABELS cli TIMEOUT 300
                         ENVIRONMENT "${TEST_ENVIRONMENT}" SKIP_RETURN_CODE 77)
endif()
