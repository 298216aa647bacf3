package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Makes hubs of a test leaf nodes of others ({@link WithHub#upstream()}). */
final class LeafNodeHubs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<HubLifecycle> BY_LENGTH =
      List.of(HubLifecycle.PER_METHOD, HubLifecycle.PER_CLASS, HubLifecycle.PER_SUITE);

  private LeafNodeHubs() {}

  /**
   * Checks who is whose leaf node, and has the upstreams accept leaf nodes.
   *
   * @param definitions the hubs of a class or test, by name
   * @param types the test class and those around it, from the inside out
   * @throws ExtensionConfigurationException if there is no such upstream, or it can't be one
   */
  static void prepare(Map<String, HubDefinition> definitions, List<Class<?>> types) {
    for (HubDefinition leaf : definitions.values()) {
      if (!leaf.upstream().isEmpty()) {
        check(leaf, definitions);
      }
    }
    if (definitions.keySet().stream().anyMatch(name -> !name.isEmpty())) {
      // A nested class or a method may make a hub an upstream that has been started long before.
      Set<String> upstreams = upstreamsIn(types.get(types.size() - 1));
      definitions.replaceAll((name, each) -> upstreams.contains(name) ? each.asUpstream() : each);
    }
  }

  private static void check(HubDefinition leaf, Map<String, HubDefinition> definitions) {
    if (leaf.name().isEmpty()) {
      throw wrong(leaf, "it has no name: add name = \"…\", which its JetStream domain gets, too");
    }
    HubDefinition upstream = definitions.get(leaf.upstream());
    if (upstream == null) {
      String names =
          new TreeSet<>(definitions.keySet())
              .stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", "));
      throw wrong(
          leaf,
          "there is no hub of this name; there are "
              + names
              + ": name one of them, or add @WithHub(name = \""
              + leaf.upstream()
              + "\")");
    }
    Set<String> way = new LinkedHashSet<>();
    for (@Nullable HubDefinition each = leaf;
        each != null;
        each = definitions.get(each.upstream())) {
      if (!way.add(each.name())) {
        throw wrong(
            leaf,
            "the upstreams lead in a circle, "
                + String.join(" → ", way)
                + " → "
                + each.name()
                + ": remove one of them");
      }
      if (each.upstream().isEmpty()) {
        break;
      }
    }
    requireNats(leaf, leaf);
    requireNats(leaf, upstream);
    if (length(upstream) < length(leaf)) {
      throw wrong(
          leaf,
          "it lives longer than its upstream: make the upstream live as long, or this hub shorter,"
              + " by the attributes lifecycle and isolation");
    }
  }

  private static void requireNats(HubDefinition leaf, HubDefinition needed) {
    if (needed.options().get().nats() instanceof Backend.Off) {
      throw wrong(leaf, needed.describe() + " has no NATS server: remove nats = false");
    }
  }

  private static int length(HubDefinition definition) {
    return definition.isPerTest() ? 0 : BY_LENGTH.indexOf(definition.lifecycle());
  }

  private static ExtensionConfigurationException wrong(HubDefinition leaf, String why) {
    return new ExtensionConfigurationException(
        "@WithHub(name = \""
            + leaf.name()
            + "\", upstream = \""
            + leaf.upstream()
            + "\") cannot be started: "
            + why);
  }

  /** Returns the names of all upstreams that a class, its methods and its nested classes have. */
  private static Set<String> upstreamsIn(Class<?> type) {
    Set<String> names = new TreeSet<>();
    List<Class<?>> types = new ArrayList<>(List.of(type));
    for (int i = 0; i < types.size(); i++) {
      Class<?> each = types.get(i);
      AnnotationSupport.findRepeatableAnnotations(each, WithHub.class)
          .forEach(hub -> names.add(hub.upstream()));
      for (Method method :
          ReflectionSupport.findMethods(each, all -> true, HierarchyTraversalMode.TOP_DOWN)) {
        AnnotationSupport.findRepeatableAnnotations(method, WithHub.class)
            .forEach(hub -> names.add(hub.upstream()));
      }
      ReflectionSupport.findNestedClasses(each, nested -> !types.contains(nested))
          .forEach(types::add);
    }
    names.remove("");
    return names;
  }

  /** Returns the options of a hub that leaf nodes can connect to. */
  static HubOptions accepting(HubOptions options, String name) {
    return options.nats() instanceof Backend.Embedded
        ? withDomain(options, name).tuneNats(nats -> nats.acceptLeafNodes("127.0.0.1", 0)).build()
        : options;
  }

  private static HubOptions.Builder withDomain(HubOptions options, String name) {
    HubOptions.Builder builder = options.toBuilder();
    // The hub without a name, and one that was given another, keep theirs.
    return options.domain().isEmpty() ? builder.domain(name.replaceAll("[.*>\\s]", "_")) : builder;
  }

  /** Returns the options of a leaf node; without its upstream if one of the two is external. */
  static HubOptions leafOf(StartedHub upstream, HubOptions options, String name) {
    if (upstream.isExternal(Service.NATS) || options.nats() instanceof Backend.External) {
      return options;
    }
    int port = upstream.hub().nats().leafNodePort();
    return withDomain(options, name).upstream("nats-leaf://127.0.0.1:" + port).build();
  }

  /** Waits until a leaf node is connected, so that its test never sees it without its upstream. */
  static void awaitConnected(StartedHub leaf, StartedHub upstream) {
    upstream.resource().requireOwn(Service.NATS, "a hub that is the upstream of another");
    leaf.resource().requireOwn(Service.NATS, "a hub that is a leaf node of another");
    try {
      if (!leaf.hub().nats().awaitLeafRemotes(PATIENCE)) {
        throw new IllegalStateException(
            leaf + " has not become a leaf node of " + upstream + " within " + PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + leaf + " waited for its upstream", e);
    }
  }
}
