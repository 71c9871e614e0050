# Install the packages of ./pyproject.toml into .venv/ with uv, and uv itself into .uv/ if there is none.
set -eu

fail() {
  echo "install: $1" >&2
  exit 1
}

folder=$(pwd -P)
case "$folder/" in
  *[\$\"\`\\:]* | *'
'*)
    # initdb hands the path to a shell; a virtual environment's PATH cannot hold a colon.
    fail "the path $folder has one of the characters \$ \" \` \\ : or a line break in it, which initdb or Python cannot take; move or rename the folder."
    ;;
esac

uv=$(command -v uv || echo .uv/bin/uv)
if [ ! -x "$uv" ]; then
  echo 'Installing uv into .uv/ ...'
  # Not from here, where pyenv obeys .python-version.
  cd /
  command -v python3 >/dev/null ||
    fail 'there is no python3; install it (Debian, Ubuntu: apt install python3-venv, macOS: brew install python).'
  python3 -c 'import ensurepip' 2>/dev/null ||
    fail 'python3 has no ensurepip, which makes virtual environments; install it (Debian, Ubuntu: apt install python3-venv), or install uv.'
  python3 -m venv --clear "$folder/.uv" || fail 'python3 could not make a virtual environment in .uv/; see above.'
  cd "$folder"
  output=$(.uv/bin/python -m pip install --quiet --disable-pip-version-check uv 2>&1) ||
    fail "uv could not be installed ($(echo "$output" | tail -n 1)); connect to the network, or name an index that can be reached in PIP_INDEX_URL."
fi

find_python() {
  "$uv" --directory / python find --no-python-downloads "$1" 2>/dev/null
}

if [ -z "${UV_PYTHON:-}" ]; then
  range=$(sed -n 's/^requires-python = "\(.*\)"/\1/p' pyproject.toml)
  UV_PYTHON=$(find_python "$(cat .python-version 2>/dev/null || echo "$range")" || find_python "$range") ||
    fail "this machine has no Python $range; install one (Debian, Ubuntu: apt install python3, macOS: brew install python@3.13)."
  export UV_PYTHON
fi

# The programs in .venv/bin name the folder that they were installed in.
if [ -s .venv/installed ] && [ "$(cat .venv/installed)" != "$folder" ]; then
  rm -rf .venv
fi
echo 'Installing packages into .venv/ ...'
# In CI, which sets the variable, nothing is installed but what was committed and reviewed.
locked=
if [ -n "${CI:-}" ] && [ -f uv.lock ]; then
  locked=--locked
fi
"$uv" sync --quiet $locked ||
  fail 'the packages could not be installed, as uv says above; without a network, name an index that can be reached in UV_DEFAULT_INDEX.'
