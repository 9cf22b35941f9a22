"""``python -m compressclf`` is the command ``compressclf``."""

from compressclf.cli import main  # type: ignore[import-not-found,unused-ignore]

if __name__ == "__main__":
    main()
