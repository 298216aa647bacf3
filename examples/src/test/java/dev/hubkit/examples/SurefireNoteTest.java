package dev.hubkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.examples.failing.WrongSubject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that Surefire shows the note of a failure once, on its console and in its report, also
 * when it trims stack traces. Runs Maven, offline: {@code mvn test -pl examples -am
 * -Dtest=SurefireNoteTest -Dhub.surefire=true -Dsurefire.failIfNoSpecifiedTests=false}
 */
@EnabledIfSystemProperty(
    named = "hub.surefire",
    matches = "true",
    disabledReason = "runs Maven: set -Dhub.surefire=true")
class SurefireNoteTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final String NOTE = "What the hub saw in WrongSubject.ordersArrive:";

  @TempDir Path project;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void showsTheNote(boolean trims) throws Exception {
    Files.writeString(project.resolve("pom.xml"), pom());
    Path output = project.resolve("output.txt");
    Process maven =
        new ProcessBuilder(
                "mvn",
                "-B",
                "-o",
                "org.apache.maven.plugins:maven-surefire-plugin:" + surefire() + ":test",
                "-Dtest=" + WrongSubject.class.getSimpleName(),
                "-DtrimStackTrace=" + trims)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(maven.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      maven.destroyForcibly();
    }
    Path report =
        project.resolve("target/surefire-reports/TEST-" + WrongSubject.class.getName() + ".xml");
    assertThat(output).content().containsOnlyOnce(NOTE);
    assertThat(Files.readString(output).contains("\tSuppressed: " + NOTE)).isEqualTo(!trims);
    assertThat(report).content().containsOnlyOnce(NOTE);
  }

  private static String surefire() throws IOException {
    Matcher version =
        Pattern.compile("(?s)<artifactId>maven-surefire-plugin</artifactId>\\s*<version>([^<]*)<")
            .matcher(Files.readString(MODULE.resolveSibling("pom.xml")));
    assertThat(version.find()).isTrue();
    return version.group(1);
  }

  // A project with the classes and libraries of these tests. It depends on JUnit itself, by which
  // Surefire knows how to run it.
  private static String pom() {
    String[] path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(File.pathSeparator);
    String junit =
        Arrays.stream(path)
            .map(entry -> Pattern.compile("junit-jupiter-api-(.*)\\.jar$").matcher(entry))
            .filter(Matcher::find)
            .map(found -> found.group(1))
            .findFirst()
            .orElseThrow();
    String libraries =
        Arrays.stream(path)
            .filter(entry -> !entry.matches(".*(junit-|opentest4j|apiguardian)[^/\\\\]*\\.jar"))
            .map(entry -> "<element>" + entry + "</element>")
            .collect(Collectors.joining("\n"));
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>example</groupId>
          <artifactId>failing</artifactId>
          <version>1</version>
          <dependencies>
            <dependency>
              <groupId>org.junit.jupiter</groupId>
              <artifactId>junit-jupiter</artifactId>
              <version>%s</version>
              <scope>test</scope>
            </dependency>
          </dependencies>
          <build>
            <testOutputDirectory>%s</testOutputDirectory>
            <plugins>
              <plugin>
                <artifactId>maven-surefire-plugin</artifactId>
                <configuration>
                  <additionalClasspathElements>%s</additionalClasspathElements>
                </configuration>
              </plugin>
            </plugins>
          </build>
        </project>
        """
        .formatted(junit, MODULE.resolve("target/test-classes"), libraries);
  }
}
