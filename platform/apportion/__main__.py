"""`python -m apportion` is the `apportion` command."""

import sys

from apportion.cli import main

sys.exit(main())
