# Tests of the command line: every tests/cli/test_<name>.py runs the built program. Python's standard
# library is all they need; what needs models or pictures is skipped where there are none.
find_program(VULTUS_PYTHON NAMES python3)
file(GLOB CLI_TESTS CONFIGURE_DEPENDS cli/test_*.py)
list(FILTER CLI_TESTS EXCLUDE REGEX "test_examples") # see examples.cmake
foreach(test ${CLI_TESTS})
    get_filename_component(name ${test} NAME_WE)
    if(TARGET vultus_cli AND VULTUS_PYTHON)
        add_test(NAME cli/${name} COMMAND ${VULTUS_PYTHON} ${test})
        set_tests_properties(cli/${name} PROPERTIES LABELS cli TIMEOUT 600
                             ENVIRONMENT "${TEST_ENVIRONMENT}" SKIP_RETURN_CODE 77)
    endif()
endforeach()

find_program(VULTUS_MANDOC mandoc)
if(VULTUS_MANDOC)
    add_test(NAME cli/manual COMMAND ${VULTUS_MANDOC} -Tlint -W warning ${CMAKE_SOURCE_DIR}/docs/vultus.1)
    set_tests_properties(cli/manual PROPERTIES LABELS cli)
endif()
