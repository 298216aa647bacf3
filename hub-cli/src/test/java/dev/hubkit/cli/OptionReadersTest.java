package dev.hubkit.cli;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerFlags;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Checks that code outside the readers of configurations acts on every option that a configuration
 * can set, or that a list says why nothing does. Looks at the byte code of all modules.
 */
class OptionReadersTest {
  private static final String CONFIG = "dev.hubkit.nats.config";

  /** The options that a configuration may set without an effect, each with the reason. */
  private static final Map<String, String> IGNORED =
      Map.of(
          "AccountConfig.nkey",
          "nats-server keeps it with the account and does nothing else with it");

  /**
   * The classes that read an option beside the view that NatsOptions gives of it, each with the
   * reason.
   */
  private static final Map<String, String> SECOND_READERS =
      Map.of(
          "HOST by NatsServerCommand",
          "the command listens on all addresses where nothing else is said, as nats-server does",
          "STORE_DIR by JetStreamFactory",
          "a reload compares what two files say, as nats-server does, not what they mean",
          "STORE_DIR by InProcessServer",
          "a test's server without a directory gets one that is deleted with it",
          "AUTH_TIMEOUT by InProcessServer",
          "a test's server waits longer than nats-server unless a file says how long",
          "AUTH_TIMEOUT by NatsConfigs",
          "the timeout of a file replaces the longer one that tests have",
          "AUTH_TIMEOUT by LoginTimeout",
          "computes the timeout of the view from this option and that of TLS");

  /** Classes that compare two configurations at a reload, option by option, and act on none. */
  private static final Set<String> COMPARING = Set.of("ReloadRules", "ReloadNotices");

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hubkit");
  }

  @Test
  void somethingReadsEachOption() {
    SortedSet<String> unread = new TreeSet<>();
    options()
        .filter(option -> !isOptionRead(option))
        .forEach(option -> unread.add(option.getName()));
    components()
        .filter(component -> !isComponentRead(component))
        .forEach(component -> unread.add(name(component)));

    assertThat(unread)
        .as("options without a reader outside %s; each must have one or be in IGNORED", CONFIG)
        .containsExactlyInAnyOrderElementsOf(IGNORED.keySet());
  }

  /**
   * An option that a program can set has one reader, so that no part sees another value than the
   * rest.
   */
  @Test
  void oneViewReadsEachOptionThatAProgramSets() {
    Set<JavaField> settable =
        options()
            .filter(option -> accessors(option).anyMatch(OptionReadersTest::isBuilder))
            .collect(toSet());
    assertThat(settable).hasSizeGreaterThan(10);

    SortedSet<String> second = new TreeSet<>();
    for (JavaField option : settable) {
      List<JavaClass> readers =
          accessors(option)
              .filter(reader -> !isBuilder(reader) && !reader.isEquivalentTo(ServerFlags.class))
              .filter(reader -> !COMPARING.contains(reader.getSimpleName()))
              .distinct()
              .toList();
      assertThat(readers).as("readers of %s", option.getName()).isNotEmpty();
      readers.stream()
          .filter(reader -> readers.size() > 1 && !reader.isEquivalentTo(NatsOptions.class))
          .forEach(reader -> second.add(option.getName() + " by " + reader.getSimpleName()));
    }

    assertThat(second).containsExactlyInAnyOrderElementsOf(SECOND_READERS.keySet());
  }

  private static Stream<JavaClass> accessors(JavaField option) {
    return option.getAccessesToSelf().stream()
        .filter(OptionReadersTest::isOutside)
        .map(JavaAccess::getOriginOwner);
  }

  private static boolean isBuilder(JavaClass each) {
    return each.isEquivalentTo(NatsOptions.Builder.class)
        || each.getName().equals(NatsOptions.class.getPackageName() + ".OptionBounds");
  }

  @Test
  void seesOptionsAndTheirParts() {
    assertThat(options()).hasSizeGreaterThan(50);
    assertThat(components()).hasSizeGreaterThan(80);
  }

  private static Stream<JavaField> options() {
    return classes.get(Options.class).getFields().stream()
        .filter(field -> field.getRawType().isEquivalentTo(Option.class));
  }

  private static boolean isOptionRead(JavaField option) {
    return option.getAccessesToSelf().stream().anyMatch(OptionReadersTest::isOutside);
  }

  /** Returns the components of the records that options have as values. */
  private static Stream<JavaField> components() {
    return classes.stream()
        .filter(each -> each.getPackageName().equals(CONFIG) && each.isRecord())
        .filter(each -> each.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(each -> each.getFields().stream())
        .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC));
  }

  private static String name(JavaField component) {
    return component.getOwner().getName().substring(CONFIG.length() + 1).replace('$', '.')
        + "."
        + component.getName();
  }

  // The component may be read by its accessor, or by another method of its record, as in
  // PermissionsConfig.permissions().
  private static boolean isComponentRead(JavaField component) {
    JavaClass owner = component.getOwner();
    JavaMethod accessor = owner.getMethod(component.getName());
    return accessor.getAccessesToSelf().stream().anyMatch(OptionReadersTest::isOutside)
        || Stream.<Collection<? extends JavaAccess<?>>>of(
                component.getAccessesToSelf(), accessor.getAccessesToSelf())
            .flatMap(Collection::stream)
            .map(JavaAccess::getOrigin)
            .filter(method -> method.getOwner().equals(owner) && !isGeneral(method))
            .flatMap(method -> method.getAccessesToSelf().stream())
            .anyMatch(OptionReadersTest::isOutside);
  }

  private static boolean isOutside(JavaAccess<?> access) {
    return !access.getOriginOwner().getPackageName().equals(CONFIG);
  }

  // Some methods touch all components alike: constructors, copies, and the methods that every
  // record has.
  private static boolean isGeneral(JavaCodeUnit method) {
    String name = method.getName();
    return method.isConstructor()
        || name.startsWith("with")
        || Stream.of("equals", "hashCode", "toString").anyMatch(name::equals);
  }
}
