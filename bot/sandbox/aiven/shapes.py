"""Services, integrations, endpoints and topics as Aiven sends them.

Keys follow Aiven's OpenAPI document (2025-04) and include all that the command line client (aiven-client
4.18) reads.
"""

from __future__ import annotations

from bot.core.flow import Wire
from bot.sandbox.aiven.model import KAFKA, MIRRORMAKER, SECRET, Endpoint, Integration, Project, Service, Topic
from bot.sandbox.aiven.world import CREATED_AT

EXTERNAL_KAFKA = "external_kafka"


def project_object(project: Project) -> Wire:
    """One item of `projects`."""
    return {
        "project_name": project.name,
        "default_cloud": "google-europe-west1",
        "card_info": None,
        "account_id": "a1sandbox",
        "organization_id": "org1sandbox",
        "tags": {},
        "billing_currency": "USD",
        "country": "",
        "vat_id": "",
        "billing_address": "",
        "estimated_balance": "0.00",
        "payment_method": "card",
    }


def service_object(project: Project, service: Service) -> Wire:
    """A service, with the secrets that real replies can hold."""
    uri = f"{service.name}-{project.name}.example.com:12835"
    return {
        "service_name": service.name,
        "service_type": service.type,
        "service_type_description": service.type.replace("_", " ").title(),
        "state": service.state,
        "plan": "business-4",
        "cloud_name": "google-europe-west1",
        "cloud_description": "Europe, Belgium - Google Cloud: Belgium",
        "create_time": CREATED_AT,
        "update_time": CREATED_AT,
        "node_count": len(service.nodes),
        "node_cpu_count": 2,
        "node_memory_mb": 8192.0,
        "disk_space_mb": 0,
        "node_states": [
            {"name": name, "state": state, "availability_zone": None, "progress_updates": []}
            for name, state in service.nodes.items()
        ],
        "maintenance": {"dow": "sunday", "time": "03:00:00", "enabled": True, "updates": []},
        "termination_protection": False,
        "service_notifications": [],
        "service_integrations": [*integrations_of(project, service)],
        "user_config": {service.type: {}, "ip_filter": ["0.0.0.0/0"]},
        "tags": {},
        "tech_emails": [],
        "project_vpc_id": None,
        "service_uri": uri if service.type == KAFKA else None,
        "service_uri_params": {"user": "avnadmin", "password": SECRET},
        "group_list": ["default"],
        "features": {},
        "metadata": {},
        "connection_info": {"kafka": [uri], "kafka_access_key": SECRET} if service.type == KAFKA else {},
        "users": [{"username": "avnadmin", "type": "primary", "password": SECRET}],
        "acl": service.acl,
        **service.details,
    }


def integrations_of(project: Project, service: Service) -> list[Wire]:
    """The integrations in which the service takes part."""
    return [
        integration_object(project, integration)
        for integration in project.integrations
        if service.name in {integration.source_service, integration.dest_service}
    ]


def candidates_of(project: Project, service: Service) -> list[Wire]:
    """What could be integrated but is not: Aiven lists these too, disabled and without an id.

    A MirrorMaker service gets each Kafka service that is not attached yet (the first one where all are);
    every service gets one for metrics.
    """
    kafkas = [name for name, other in project.services.items() if other.type == KAFKA]
    attached = {i.source_service for i in project.integrations if i.dest_service == service.name}
    free = [name for name in kafkas if name not in attached] or kafkas[:1]
    clusters = [_candidate(project, MIRRORMAKER, name, service.name) for name in free]
    return [
        *(clusters if service.type == MIRRORMAKER else []),
        _candidate(project, "metrics", service.name, None),
    ]


def _candidate(project: Project, integration_type: str, source: str | None, dest: str | None) -> Wire:
    return {
        "service_integration_id": None,
        "integration_type": integration_type,
        **_ends(project, source, dest),
        "source_endpoint": None,
        "source_endpoint_id": None,
        "enabled": False,
        "active": False,
        "description": f"Available integration of type {integration_type}",
        "user_config": {},
    }


def integration_object(project: Project, integration: Integration) -> Wire:
    """An integration; one that is not enabled has no id."""
    endpoint = integration.source_endpoint
    return {
        "service_integration_id": integration.id if integration.enabled else None,
        "integration_type": MIRRORMAKER,
        **_ends(project, integration.source_service, integration.dest_service),
        "source_endpoint": endpoint.name if endpoint else None,
        "source_endpoint_id": endpoint.id if endpoint else None,
        "enabled": integration.enabled,
        "active": integration.active,
        "description": f"Cluster {integration.alias} of {integration.dest_service}",
        "user_config": integration.user_config,
        "integration_status": {
            "status_user_desc": f"Integration is {integration.status}",
            "state": {
                "status": integration.status,
                "likely_error_cause": integration.cause,
                "errors": [*integration.errors],
                "nodes": {},
            },
        },
    }


def _ends(project: Project, source: str | None, dest: str | None) -> Wire:
    return {
        "source_project": project.name,
        "source_service": source,
        "source_service_type": project.services[source].type if source else None,
        "dest_project": project.name,
        "dest_service": dest,
        "dest_service_type": project.services[dest].type if dest else None,
        "dest_endpoint": None,
        "dest_endpoint_id": None,
    }


def endpoint_object(endpoint: Endpoint) -> Wire:
    """One item of `service_integration_endpoints`."""
    return {
        "endpoint_id": endpoint.id,
        "endpoint_name": endpoint.name,
        "endpoint_type": EXTERNAL_KAFKA,
        "user_config": endpoint.user_config,
    }


def topic_object(topic: Topic) -> Wire:
    """One item of `topics`; `partitions` is their number."""
    return {
        "topic_name": topic.name,
        "partitions": topic.partitions,
        "replication": topic.replication,
        "min_insync_replicas": 2,
        "retention_hours": topic.retention_hours,
        "retention_bytes": topic.retention_bytes,
        "cleanup_policy": topic.cleanup_policy,
        "state": topic.state,
        "tags": [],
        "topic_description": None,
        "owner_user_group_id": None,
    }


def topic_detail(topic: Topic) -> Wire:
    """One topic read alone; `partitions` lists them."""
    partitions: list[Wire] = [
        {
            "partition": number,
            "isr": topic.replication,
            "size": 1024,
            "earliest_offset": 0,
            "latest_offset": 100,
            "consumer_groups": [{"group_name": "reporting", "offset": 90}],
        }
        for number in range(topic.partitions)
    ]
    return topic_object(topic) | {"partitions": [*partitions], "config": {}}
