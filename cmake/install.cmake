# What `cmake --install` puts where. The tree can be moved as a whole: the program finds its library,
# the library a bundled ONNX Runtime, and vultus.pc its prefix, each from where it lies itself.
# Packages for distributions set CMAKE_SKIP_INSTALL_RPATH.

install(TARGETS vultus LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/vultus/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vultus)
onnxruntime_install()
onnxruntime_rpath(vultus ${CMAKE_INSTALL_LIBDIR})

# From the folder of vultus.pc up to the prefix, which may be any.
file(RELATIVE_PATH _up "/root/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/root")
string(REGEX REPLACE "/$" "" _up "${_up}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/vultus.pc @ONLY CONTENT [[prefix=${pcfiledir}/@_up@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: vultus
Description: Finds faces, says who they are, and says how sure that is
Version: @PROJECT_VERSION@
Cflags: -I${includedir}
Libs: -L${libdir} -lvultus
]])
install(FILES ${CMAKE_BINARY_DIR}/vultus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET vultus_cli)
    install(TARGETS vultus_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    file(RELATIVE_PATH _to_lib "/root/${CMAKE_INSTALL_BINDIR}" "/root/${CMAKE_INSTALL_LIBDIR}")
    set_property(TARGET vultus_cli APPEND PROPERTY INSTALL_RPATH "$ORIGIN/${_to_lib}")
    install(FILES docs/vultus.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    configure_file(packaging/vultus.service.in ${CMAKE_BINARY_DIR}/vultus.service @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/vultus.service DESTINATION lib/systemd/system)
    install(FILES cli/completion.bash DESTINATION share/bash-completion/completions RENAME vultus)
    # Beside the folder of the program, where it looks for them; never weights.
    install(DIRECTORY models DESTINATION share/vultus FILES_MATCHING PATTERN "*.json")
    install(DIRECTORY tools/models DESTINATION share/vultus/tools
            FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)
endif()
