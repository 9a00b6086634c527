# The library's exports against the checked-in list.
add_test(NAME unit/exported_symbols
         COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.sh $<TARGET_FILE:vultus>)
set_tests_properties(unit/exported_symbols PROPERTIES LABELS unit)
