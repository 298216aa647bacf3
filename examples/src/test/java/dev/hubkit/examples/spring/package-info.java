/** Shows how a Spring Boot application under test finds its hub. */
package dev.hubkit.examples.spring;
