package dev.hubkit.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** The outcomes of the tests of one run, by {@code Class.method}, from JUnit's XML reports. */
record Report(
    SortedMap<String, Outcome> outcomes, SortedMap<String, String> failures, Set<String> ran) {

  /** Reads the results of some classes; leaves out those that have not run. */
  static Report read(Path results, List<String> classes) throws IOException {
    SortedMap<String, Outcome> outcomes = new TreeMap<>();
    SortedMap<String, String> failures = new TreeMap<>();
    Set<String> ran = new HashSet<>();
    for (String testClass : classes) {
      Path directory = results.resolve(testClass);
      if (Files.isDirectory(directory)) {
        ran.add(brief(testClass));
        read(directory, outcomes, failures);
      }
      if (Files.exists(directory.resolve(ClassRun.CUT))) {
        outcomes.put(brief(testClass), Outcome.CUT);
      }
    }
    return new Report(
        Collections.unmodifiableSortedMap(outcomes),
        Collections.unmodifiableSortedMap(failures),
        Set.copyOf(ran));
  }

  private static void read(
      Path directory, Map<String, Outcome> outcomes, Map<String, String> failures)
      throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".xml")).toList()) {
        NodeList cases = parse(file).getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
          Element test = (Element) cases.item(i);
          String name = name(test);
          Outcome outcome = outcome(test);
          // A parameterised test is one row: it has failed if any of its invocations has.
          outcomes.merge(name, outcome, (a, b) -> a == Outcome.FAILED ? a : b);
          if (outcome == Outcome.FAILED) {
            failures.putIfAbsent(name, message(test));
          }
        }
      }
    }
  }

  /** Returns whether the class of a test has run. */
  boolean hasRun(String test) {
    int method = test.lastIndexOf('.');
    return ran.contains(test) || (method > 0 && ran.contains(test.substring(0, method)));
  }

  Outcome of(String test) {
    return outcomes.getOrDefault(test, Outcome.MISSING);
  }

  long count(Outcome outcome) {
    return outcomes.values().stream().filter(outcome::equals).count();
  }

  Map<Outcome, Long> totals() {
    Map<Outcome, Long> totals = new TreeMap<>();
    for (Outcome outcome : Outcome.values()) {
      totals.put(outcome, count(outcome));
    }
    return totals;
  }

  private static String name(Element test) {
    String type = test.getAttribute("classname");
    String method = test.getAttribute("name").replaceFirst("[({].*", "");
    return brief(type) + "." + method;
  }

  private static String brief(String type) {
    return type.replaceFirst("^io\\.nats\\.(client\\.)?", "").replaceFirst("\\$.*", "");
  }

  private static Outcome outcome(Element test) {
    if (child(test, "failure") != null || child(test, "error") != null) {
      return Outcome.FAILED;
    }
    return child(test, "skipped") != null ? Outcome.SKIPPED : Outcome.PASSED;
  }

  private static String message(Element test) {
    Node failure = child(test, "failure");
    Node problem = failure != null ? failure : child(test, "error");
    if (problem == null) {
      return "";
    }
    Element element = (Element) problem;
    String type = element.getAttribute("type").replaceFirst(".*\\.", "");
    String message = element.getAttribute("message").lines().findFirst().orElse("");
    return type + ": " + message;
  }

  private static @Nullable Node child(Element parent, String tag) {
    return parent.getElementsByTagName(tag).item(0);
  }

  private static Document parse(Path file) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return factory.newDocumentBuilder().parse(file.toFile());
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException("Can't read " + file + ": " + e.getMessage(), e);
    }
  }
}
