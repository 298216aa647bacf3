package dev.hubkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checks which package may know which: arrows point one way, and never back. */
class PackageArrowsTest {
  private static final String FACE = "dev.hubkit";
  private static final String WORKSPACE = "dev.hubkit.workspace..";
  private static final String FOSSIL = "dev.hubkit.fossil..";
  private static final String NATS = "dev.hubkit.nats..";

  private static final Set<String> NUMBER_PARSERS =
      Set.of(
          "java.lang.Long.parseLong",
          "java.lang.Long.parseUnsignedLong",
          "java.lang.Long.valueOf(java.lang.String)",
          "java.lang.Integer.parseInt",
          "java.lang.Integer.parseUnsignedInt",
          "java.lang.Integer.valueOf(java.lang.String)",
          "java.lang.Double.parseDouble",
          "java.lang.Character.isDigit",
          "java.time.OffsetDateTime.parse",
          "java.time.Instant.parse",
          "java.time.Duration.parse",
          "java.math.BigInteger.<init>(java.lang.String)");

  private static final DescribedPredicate<JavaCall<?>> PARSES =
      DescribedPredicate.describe(
          "parse numbers or times with the JDK",
          call -> {
            String name = call.getTarget().getFullName();
            return NUMBER_PARSERS.stream()
                .anyMatch(parser -> name.startsWith(parser + (parser.endsWith(")") ? "" : "(")));
          });

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes = MainClasses.all();
  }

  private static void check(ArchRule rule) {
    rule.check(classes);
  }

  private static ArchRule neverTouches(String from, String... to) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(to);
  }

  @Test
  void theFaceIsKnownToNoneBelowIt() {
    check(neverTouches(WORKSPACE, FACE));
    check(neverTouches(FOSSIL, FACE));
    check(neverTouches(NATS, FACE));
    check(neverTouches("dev.hubkit.time..", FACE));
    check(neverTouches("dev.hubkit.json..", FACE));
  }

  @Test
  void natsAndFossilKnowNothingOfEachOtherNorOfTheWorkspace() {
    check(neverTouches(NATS, FOSSIL, WORKSPACE));
    check(neverTouches(FOSSIL, NATS, WORKSPACE));
  }

  @Test
  void allLoggingGoesThroughWhatMakesItFitToBeShown() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.hubkit.log..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.slf4j.."));
    check(
        neverTouches(
            "dev.hubkit.log..",
            FACE,
            WORKSPACE,
            FOSSIL,
            NATS,
            "dev.hubkit.io..",
            "dev.hubkit.json..",
            "dev.hubkit.time..",
            "dev.hubkit.work.."));
  }

  /**
   * Numbers and times that come from outside are parsed in one place, by Go's rules: the parsers of
   * the JDK take digits of any script, signs, and other years.
   */
  @Test
  void numbersFromOutsideAreParsedInOnePlace() {
    check(
        noClasses()
            .that()
            .resideInAPackage(NATS)
            .and()
            // Its grammar is that of configuration files, and its numbers are checked digit by
            // digit.
            .resideOutsideOfPackages("dev.hubkit.nats.config..")
            // Names that the server itself has given, and forms of files that others have defined.
            .and()
            .resideOutsideOfPackages("dev.hubkit.nats.jetstream.store..")
            .and()
            .doNotHaveSimpleName("TarReader")
            .and()
            .doNotHaveSimpleName("ServerIdentity")
            .and()
            .doNotHaveSimpleName("Route")
            .and()
            .doNotHaveSimpleName("DetectedResources")
            .should()
            .callCodeUnitWhere(PARSES));
  }

  @Test
  void timeJsonFilesPortsAndWorkStandAlone() {
    check(
        neverTouches(
            "dev.hubkit.io..",
            FACE,
            WORKSPACE,
            FOSSIL,
            NATS,
            "dev.hubkit.json..",
            "dev.hubkit.time..",
            "dev.hubkit.work.."));
    check(neverTouches("dev.hubkit.port..", FACE, WORKSPACE, FOSSIL, NATS, "dev.hubkit.work.."));
    check(neverTouches("dev.hubkit.work..", FACE, WORKSPACE, FOSSIL, NATS, "dev.hubkit.json.."));
    check(neverTouches("dev.hubkit.time..", WORKSPACE, FOSSIL, NATS, "dev.hubkit.json.."));
    check(neverTouches("dev.hubkit.json..", WORKSPACE, FOSSIL, NATS, "dev.hubkit.time.."));
  }

  @Test
  void httpKnowsOnlyHowWorkIsRunAndTheTime() {
    check(neverTouches("dev.hubkit.http..", FACE, WORKSPACE, FOSSIL, NATS, "dev.hubkit.json.."));
    check(neverTouches("dev.hubkit.work..", "dev.hubkit.http.."));
    check(neverTouches("dev.hubkit.time..", "dev.hubkit.http.."));
    check(neverTouches("dev.hubkit.json..", "dev.hubkit.http.."));
  }

  @Test
  void insideNatsTheServerIsOnTop() {
    String[] above = {
      "dev.hubkit.nats",
      "dev.hubkit.nats.net..",
      "dev.hubkit.nats.route..",
      "dev.hubkit.nats.jetstream..",
      "dev.hubkit.nats.config..",
      "dev.hubkit.nats.monitor.."
    };
    check(neverTouches("dev.hubkit.nats.account..", above));
    check(
        neverTouches(
            "dev.hubkit.nats.subject..",
            "dev.hubkit.nats",
            "dev.hubkit.nats.account..",
            "dev.hubkit.nats.net..",
            "dev.hubkit.nats.wire..",
            "dev.hubkit.nats.jetstream.."));
    check(
        neverTouches(
            "dev.hubkit.nats.wire..",
            "dev.hubkit.nats",
            "dev.hubkit.nats.account..",
            "dev.hubkit.nats.net..",
            "dev.hubkit.nats.jetstream.."));
    check(neverTouches("dev.hubkit.nats.jetstream..", "dev.hubkit.nats", "dev.hubkit.nats.net.."));
    check(
        neverTouches(
            "dev.hubkit.nats.route..",
            "dev.hubkit.nats",
            "dev.hubkit.nats.net..",
            "dev.hubkit.nats.jetstream..",
            "dev.hubkit.nats.config..",
            "dev.hubkit.nats.monitor.."));
  }

  @Test
  void insideJetStreamEachFloorKnowsOnlyThoseBelow() {
    List<List<String>> floors =
        List.of(
            List.of(""),
            List.of(".api"),
            List.of(".backup"),
            List.of(".stream"),
            List.of(".consumer", ".publish", ".source"),
            List.of(".validation"),
            List.of(".runtime"),
            List.of(".config"),
            List.of(".protocol"),
            List.of(".archive"),
            List.of(".store"));
    List<String> above = new ArrayList<>();
    for (List<String> floor : floors) {
      List<String> rooms = floor.stream().map("dev.hubkit.nats.jetstream"::concat).toList();
      for (String room : rooms) {
        List<String> forbidden = new ArrayList<>(above);
        forbidden.addAll(rooms);
        forbidden.remove(room);
        if (!forbidden.isEmpty()) {
          check(neverTouches(room, forbidden.toArray(String[]::new)));
        }
      }
      above.addAll(rooms);
    }
  }

  @Test
  void insideFossilTheRepositoryIsOnTop() {
    check(
        neverTouches(
            "dev.hubkit.fossil.content..",
            "dev.hubkit.fossil",
            "dev.hubkit.fossil.artifact..",
            "dev.hubkit.fossil.sync..",
            "dev.hubkit.fossil.web.."));
    check(
        neverTouches(
            "dev.hubkit.fossil.artifact..",
            "dev.hubkit.fossil",
            "dev.hubkit.fossil.sync..",
            "dev.hubkit.fossil.web.."));
    check(neverTouches("dev.hubkit.fossil", "dev.hubkit.fossil.sync..", "dev.hubkit.fossil.web.."));
    check(neverTouches("dev.hubkit.fossil.sync..", "dev.hubkit.fossil.web.."));
  }

  @Test
  void noPackagesGoInCircles() {
    slices().matching("dev.hubkit.(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void sqliteIsTouchedInFossilAndJGitInOneClass() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.hubkit.fossil..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.sqlite..", "java.sql.."));
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.hubkit.workspace.GitIndex")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jgit.."));
  }

  @Test
  void allTimeComesFromTheTimeSource() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.hubkit.time..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now"));
  }
}
