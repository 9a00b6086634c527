# The library's exports against the checked-in list.
add_test(NAME unit/exported_symbols
         COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.sh $<TARGET_FILE:vultus>)
set_tests_properties(unit/exported_symbols PROPERTIES LABELS unit)

add_test(NAME unit/headers
         COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/check_headers.sh ${CMAKE_C_COMPILER}
                 ${CMAKE_C_COMPILER_ARG1})
set_tests_properties(unit/headers PROPERTIES LABELS unit)
