package dev.hubkit.junit.explore;

import dev.hubkit.junit.HubExtension;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/** One run of a test, under the adversity of its plan. */
final class ExploredRun
    implements TestTemplateInvocationContext,
        BeforeEachCallback,
        InvocationInterceptor,
        LifecycleMethodExecutionExceptionHandler {
  private final Exploration exploration;
  private final Plan plan;
  private final String name;
  // JUnit asks for the extensions of a run that it executes, and not of one that nobody selected.
  private volatile boolean prepared;
  private volatile boolean reached;
  private volatile boolean running;
  private volatile List<Strike> struck = List.of();
  private volatile int seen;

  ExploredRun(Exploration exploration, Plan plan, String name) {
    this.exploration = exploration;
    this.plan = plan;
    this.name = name;
  }

  @Override
  public String getDisplayName(int invocationIndex) {
    return name;
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    prepared = true;
    return List.of(this);
  }

  /** Returns whether the run has begun and not ended. */
  boolean isRunning() {
    return running;
  }

  /** Returns whether the run has failed, or was aborted, before its test method. */
  boolean hasEndedEarly() {
    return prepared && !reached;
  }

  // After the extension of the hub, which has started it.
  @Override
  public void beforeEach(ExtensionContext context) {
    boolean ready = false;
    try {
      requireHubs(context);
      ready = true;
    } finally {
      if (!ready) {
        exploration.stop();
      }
    }
  }

  private static List<HubResource> requireHubs(ExtensionContext context) {
    List<HubResource> hubs = HubExtension.hubsOf(context);
    if (hubs.isEmpty()) {
      throw wrong(context, " has no hub: add @WithHub to the class or the method");
    }
    List<HubResource> withNats = new ArrayList<>();
    for (HubResource hub : hubs) {
      hub.requireOwn(Service.NATS, "a server that can be broken");
      if (hub.hub().owner().nats() != null) {
        withNats.add(hub);
      }
    }
    if (withNats.isEmpty()) {
      throw wrong(
          context,
          " needs NATS, which the hub was started without: remove \"nats = false\" from @WithHub");
    }
    return withNats;
  }

  private static ExtensionConfigurationException wrong(ExtensionContext context, String what) {
    return new ExtensionConfigurationException(
        "@HubExplore on " + context.getRequiredTestMethod() + what);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    reached = true;
    running = true;
    try {
      Throwable failure = exploration.ended(run(invocation, context), struck, seen);
      if (failure != null) {
        throw failure;
      }
    } finally {
      running = false;
    }
  }

  private @Nullable Throwable run(Invocation<@Nullable Void> invocation, ExtensionContext context)
      throws Throwable {
    List<HubResource> hubs = requireHubs(context);
    List<UnderAdversity> all = new ArrayList<>();
    Throwable failure = null;
    try {
      for (HubResource hub : hubs) {
        all.add(UnderAdversity.begin(hub, plan));
      }
      RunWatch watch = RunWatch.start(exploration.settings().runAtMost());
      try {
        invocation.proceed();
      } catch (Throwable e) {
        failure = e;
      }
      failure = watch.end(failure);
    } finally {
      Throwable problem = end(all);
      failure = failure == null ? problem : failure;
    }
    return failure;
  }

  /** Ends all adversity, and returns what has kept it from being carried out. */
  private @Nullable Throwable end(List<UnderAdversity> all) throws InterruptedException {
    List<Strike> strikes = new ArrayList<>();
    int operations = 0;
    Throwable problem = null;
    for (UnderAdversity each : all) {
      Throwable found = each.end();
      problem = problem == null ? found : problem;
      strikes.addAll(each.adversary().struck());
      operations += each.adversary().seen();
    }
    struck = strikes;
    seen = operations;
    return problem;
  }

  // The adversity is over by then, and so is the decision on the run.
  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    exploration.failedAfterwards(failure, plan.seed(), struck);
    throw failure;
  }
}
