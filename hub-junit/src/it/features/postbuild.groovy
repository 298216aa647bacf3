// Looks at what Surefire has written in each run: its XML, and the console.
def runs = []
new File(basedir, 'invoker.properties').eachLine { line ->
  def run = (line =~ /-Drun=(\S+)/)
  if (run.find()) {
    runs << run.group(1)
  }
}
assert runs.size() == 6

def expected = [
    'shop.WholeHubTest': 2,
    'shop.DeclaredTest$WithReset': 3,
    'shop.DeclaredTest$Isolated': 2,
    'shop.DeclaredTest$Users': 1,
    'shop.TimeTest': 2,
    'shop.FaultsTest': 5,
    'shop.FilesTest': 4,
    'shop.StubsTest': 3,
    'shop.OnPurposeTest': 1,
    'shop.PathTest': 1]
def said = [
    'What the hub saw in OnPurposeTest.fails:',
    'SUB order.*',
    'PUB orders.42, 11 bytes: two coffees',
    'waited for: a message on order.*',
    'servers: NATS nats://127.0.0.1:',
    'full report: ',
    'to look at it: hub open ']

runs.each { run ->
  def found = [:].withDefault { 0 }
  def failures = []
  new File(basedir, "target/reports/$run").eachFileMatch(~/TEST-.*\.xml/) { file ->
    new groovy.xml.XmlParser().parse(file).testcase.each { test ->
      found[test.@classname] += 1
      assert test.skipped.isEmpty() : "$run skips $test"
      (test.failure + test.error).each { failures << [test: test, text: it.text()] }
    }
  }
  failures.findAll { it.test.@classname != 'shop.OnPurposeTest' }.each {
    assert false : "$run: ${it.test.@classname} ${it.test.@name}: ${it.text}"
  }
  assert found == expected : run
  assert failures.size() == 1 : run
  said.each { assert failures[0].text.contains(it) : "$run: the XML does not say \"$it\"" }
}

// Surefire writes each failure once, and its first lines again in the summary.
def console = new File(basedir, 'build.log').text
said.each { text ->
  def times = console.split(java.util.regex.Pattern.quote(text), -1).length - 1
  assert times >= runs.size() : "the console says \"$text\" $times times, in ${runs.size()} runs"
}
// What is expected is not logged, and no library complains.
['SLF4J', 'Connection reset'].each { assert !console.contains(it) : it }
// Newer JDKs warn of native code: SQLite's, and so only of the last test, which uses Fossil.
console.split(/\[INFO\] Running /).findAll { it.contains('restricted method') }.each {
  assert it.startsWith('shop.WholeHubTest') : it
}
return true
