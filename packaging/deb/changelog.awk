# CHANGELOG.md as Debian's changelog: a paragraph of text is no entry, a bullet is one.
#   awk -v version=0.1.0 -v release=1 -v contact='Name <address>' -v date='Thu, 26 Nov …' -f changelog.awk CHANGELOG.md
# What is unreleased is this version, of this date.
function finish() {
  flush()
  if (begun) printf "\n -- %s  %s\n\n", contact, day
}
function flush() {
  if (text != "") wrap(text)
  text = ""
}
function wrap(words, parts, count, i, line) {
  if (!begun) printf "ordersd (%s-%s) unstable; urgency=medium\n\n", number, release
  begun = 1
  count = split(words, parts, " ")
  line = "  *"
  for (i = 1; i <= count; ++i) {
    if (length(line) + 1 + length(parts[i]) > 79) {
      print line
      line = "   "
    }
    line = line " " parts[i]
  }
  print line
}
function begin(of, on) {
  finish()
  begun = 0
  number = of
  day = on
}
/^## \[Unreleased\]/ { begin(version, date); next }
/^## \[/ {
  split($0, parts, /[][]/)
  command = "LC_ALL=C date -u -R -d " $NF
  command | getline released
  close(command)
  begin(parts[2], released)
  next
}
number == "" { next }
/^- / { flush(); text = substr($0, 3); next }
/^  [^ ]/ && text != "" { text = text " " substr($0, 3); next }
/^$/ || /^#/ { flush() }
END { finish() }
