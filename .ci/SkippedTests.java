import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Prints how many tests of a build were skipped, which, and why: {@code java SkippedTests.java DIRECTORY}. */
final class SkippedTests {
  private SkippedTests() {}

  public static void main(String[] arguments) throws Exception {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    int all = 0;
    int skipped = 0;
    Map<String, Map<String, Integer>> classesByReason = new TreeMap<>();
    for (Path report : reports(Path.of(arguments[0]))) {
      NodeList tests = parser.parse(report.toFile()).getElementsByTagName("testcase");
      for (int i = 0; i < tests.getLength(); i++) {
        all++;
        Element test = (Element) tests.item(i);
        NodeList marks = test.getElementsByTagName("skipped");
        if (marks.getLength() > 0) {
          skipped++;
          String name = test.getAttribute("classname");
          classesByReason
              .computeIfAbsent(reason((Element) marks.item(0)), reason -> new TreeMap<>())
              .merge(name.substring(name.lastIndexOf('.') + 1), 1, Integer::sum);
        }
      }
    }
    System.out.println(skipped + " of " + all + " tests were skipped" + (skipped > 0 ? ":" : "."));
    classesByReason.forEach(
        (reason, classes) ->
            System.out.println("  " + reason + ": " + classes.entrySet().stream()
                .map(each -> each.getKey() + (each.getValue() > 1 ? " (" + each.getValue() + ")" : ""))
                .collect(Collectors.joining(", "))));
  }

  private static List<Path> reports(Path root) throws Exception {
    try (Stream<Path> files = Files.walk(root, 4)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
          .filter(file -> file.getParent().endsWith(Path.of("target", "surefire-reports")))
          .sorted()
          .toList();
    }
  }

  // What the one who skips says, without the class of the exception that carries it.
  private static String reason(Element mark) {
    String message = mark.getAttribute("message");
    if (message.isBlank()) {
      message = mark.getTextContent();
    }
    String first = message.strip().lines().findFirst().orElse("no reason given");
    return first.replaceFirst("^[\\w.]*TestAbortedException: ", "").replaceFirst("^Assumption failed: ", "");
  }
}
