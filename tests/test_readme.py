"""README.md promises that its examples run as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MARKED = """
```python
x = 1
```

<!-- not run: needs an account -->
```python
x = 2
```

```sh
x = 3
```
"""


def test_the_examples_run_in_order_in_one_fresh_program(
    readme_program: str, source_env: dict[str, str], tmp_path: Path
) -> None:
    assert readme_program.strip(), "README.md has no Python block that runs"
    program = tmp_path / "README.md.py"
    program.write_text(readme_program, "utf-8")
    home = {"ATDATA_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, program.name],
        cwd=tmp_path,
        env=source_env | home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_block_is_left_out_only_where_a_reason_stands_before_it(root: Path) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("conftest_under_test", root / "tests" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    program = module.program_of(MARKED)
    assert program.split() == ["x", "=", "1"]
    assert program.splitlines()[2] == "x = 1", "a line keeps its number"
