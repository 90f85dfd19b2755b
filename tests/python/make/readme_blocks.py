"""Writes the fenced blocks of a Markdown file that have a language to files.

    readme_blocks.py FILE LANGUAGE DIR      DIR/1.LANGUAGE, DIR/2.LANGUAGE, ...
"""
import re
import sys

text = open(sys.argv[1]).read()
blocks = re.findall(rf"^```{sys.argv[2]}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
for number, block in enumerate(blocks, 1):
    with open(f"{sys.argv[3]}/{number}.{sys.argv[2]}", "w") as file:
        file.write(block)
