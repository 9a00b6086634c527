# Tests of the server: every tests/http/test_<name>.py starts the built program on a free port of this machine. The
# contract test asks $VULTUS_HTTP_PYTHON, or the Python of tools/setup/python.sh, for schemathesis.
file(GLOB HTTP_TESTS CONFIGURE_DEPENDS http/test_*.py)
foreach(test ${HTTP_TESTS})
    get_filename_component(name ${test} NAME_WE)
    if(TARGET vultus_cli AND VULTUS_PYTHON)
        add_test(NAME http/${name} COMMAND ${VULTUS_PYTHON} ${test})
        set_tests_properties(http/${name} PROPERTIES LABELS http TIMEOUT 600
                             ENVIRONMENT "${TEST_ENVIRONMENT}" SKIP_RETURN_CODE 77)
    endif()
endforeach()
