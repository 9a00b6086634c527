"""Which function makes which file of a pack.

    recipe = recipe_of("pnet.onnx")
    data = recipe(published_bytes)      # one argument for each file in the network's "from"

One module per family of published models has a table FILES: file name of the
result -> function from the bytes of the published files to those of the result.
A function raises ConversionError for bytes that are not what it expects.
"""

import cascade_xml
import dlib_hog
import dlib_to_onnx
import dlib_trees
import faceapi
import tflite_to_onnx

_FAMILIES = (
    cascade_xml,
    dlib_hog,
    dlib_to_onnx,
    dlib_trees,
    faceapi,
    tflite_to_onnx,
)


def recipe_of(file_name):
    """The function that makes this file, or None."""
    found = [family.FILES[file_name] for family in _FAMILIES if file_name in family.FILES]
    return found[0] if found else None
