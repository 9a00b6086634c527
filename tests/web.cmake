# Tests of the web page. The browser is Debian's chromium; where it or npm's packages are missing, that part is skipped.
if(TARGET vultus_cli AND VULTUS_PYTHON)
    add_test(NAME web/test_web_page COMMAND ${VULTUS_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/web/test_web_page.py)
    set_tests_properties(web/test_web_page PROPERTIES LABELS web TIMEOUT 300
                         ENVIRONMENT "${TEST_ENVIRONMENT}" SKIP_RETURN_CODE 77)
endif()
