"""``python -m compressclf`` is the command ``compressclf``."""

from compressclf.cli import main

if __name__ == "__main__":
    main()
