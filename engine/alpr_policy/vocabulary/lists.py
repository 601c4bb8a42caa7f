"""The closed value lists of the language (language.md §9.4)."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LISTS: dict[str, tuple[str, ...]] = {
    "purposes": _words(
        """criminal_investigation crime_targeting traffic_enforcement routine_patrol missing_person public_safety
        stolen_property warrant prosecution court_process department_civil_matter homeland_security audit training
        maintenance other_official public_records civil_litigation immigration_enforcement intelligence
        database_building identifying_people research news commercial vendor_product personal harassment intimidation
        other_unofficial none_stated"""
    ),
    "categories": _words(
        """stolen_vehicle stolen_plate warrant wanted_person missing_person missing_child missing_student
        child_abduction amber_alert silver_alert blue_alert protective_order protective_interest department_list bolo
        attempt_to_locate person_of_interest vehicle_of_interest major_crime investigation registration_or_license
        sex_offender gang terrorist cpic immigration violent_person supervised_release other"""
    ),
    "data_classes": _words(
        """read bulk alert image entry hotlist case_copy query_log system_log audit_record share_request registry
        confidential"""
    ),
    "custodians": _words(
        """department vendor device backup case_file evidence mobile_terminal portable_media personal_device
        state_repository other_agency"""
    ),
    "agencies": _words("own other_police federal immigration state_cjis prosecutor vendor company other"),
    "beneficiaries": _words("own other_police federal immigration state_cjis prosecutor vendor company other none"),
    "recipient_kinds": _words(
        """own_member police_agency federal_agency immigration_agency state_cjis prosecutor court defence civil_party
        public_body researcher press company vendor private_person public"""
    ),
    "documents": _words(
        """written_request memorandum department_policy warrant court_order subpoena discovery_demand
        preservation_letter attestation sworn_statement records_request policy_receipt consent certificate"""
    ),
    "document_fields": _words("agency person purpose case offence plate court number issued_to period"),
    "checks": _words("visual status database entry"),
    "check_parts": _words("characters state entry"),
    "sources": _words("cjis ncic rms mdt dispatch other_police hotlist"),
    "hold_bases": _words("evidence case discovery records_demand preservation_letter direction"),
    "events": _words(
        """entry_stale hit_acted_on device_fault_seen device_damaged system_changed law_changed training_completed
        shift_started shift_ended tour_started vehicle_left leave_started upload_completed case_closed audit_ordered
        misuse_found"""
    ),
    "tasks": _words(
        """log_transaction log_entry log_dissemination record_request_and_results record_deployment keep_request
        verify_status keep_entry_current update_entry load_hotlist check_camera_aim equipment_check notify_supervisor
        notify_administrator notify_agency document_damage preserve_hit book_evidence purge refresher_training
        tell_users audit policy_review recommend_changes refer_misconduct record_disposition report
        submit_to_repository secure_equipment set_alert_profile"""
    ),
    "covers": _words("access hits retained_data query_records hot_lists search_records"),
    "topics": _words(
        """alert_exception alpr_programme crime_targeting manual_entry repeated_search emergency vendor_access
        designation"""
    ),
    "findings": _words("allows forbids not_made"),
    "clocks": _words("captured stored downloaded uploaded created shift_ended case_closed"),
    "roles": (),
}
