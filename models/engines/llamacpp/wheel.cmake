# Given to llama-cpp-python's build as CMAKE_PROJECT_llama.cpp_INCLUDE: leaves out llama.cpp's "common" library, which
# only its command-line programs link, and with it two thirds of the compilation.
set(LLAMA_BUILD_COMMON OFF)
