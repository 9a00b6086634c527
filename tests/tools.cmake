# Tests of the tools in Python: source checks, and the import of models, whose conversion is compared
# with an independent interpreter. VULTUS_TEST_PYTHON names a Python that has the packages of
# tests/tools/requirements.txt; without it what needs them is skipped, visibly.
set(TOOLS_PYTHON "$ENV{VULTUS_TEST_PYTHON}")
if(TOOLS_PYTHON STREQUAL "")
    find_program(VULTUS_PYTHON NAMES python3)
    set(TOOLS_PYTHON "${VULTUS_PYTHON}")
endif()
file(GLOB TOOLS_TESTS CONFIGURE_DEPENDS tools/test_*.py)
foreach(test ${TOOLS_TESTS})
    get_filename_component(name ${test} NAME_WE)
    if(TOOLS_PYTHON)
        add_test(NAME tools/${name} COMMAND ${TOOLS_PYTHON} -m unittest -v ${name}
                 WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/tools)
        set_tests_properties(tools/${name} PROPERTIES LABELS tools TIMEOUT 600
            ENVIRONMENT "${TEST_ENVIRONMENT};PYTHONDONTWRITEBYTECODE=1")
    endif()
endforeach()
