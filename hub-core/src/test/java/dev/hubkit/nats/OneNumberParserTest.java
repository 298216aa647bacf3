package dev.hubkit.nats;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Numbers and times that come from outside are parsed in one place, by Go's rules: the parsers of
 * the JDK take digits of any script, signs, and other years.
 */
class OneNumberParserTest {
  private static final Set<String> PARSERS =
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
            return PARSERS.stream()
                .anyMatch(parser -> name.startsWith(parser + (parser.endsWith(")") ? "" : "(")));
          });

  @Test
  void numbersFromOutsideAreParsedInOnePlace() {
    noClasses()
        .that()
        // Its grammar is that of configuration files, and its numbers are checked digit by digit.
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
        .callCodeUnitWhere(PARSES)
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.hubkit.nats"));
  }
}
