// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {StakedToken} from "StakedToken.sol";

/// @notice A no-loss prize vault for the local chain. It is a new implementation of the rounds, timing,
/// events and errors that a keeper of `TicketPrizePoolShmonV2` on Monad meets. Ticket money is staked. When a
/// round is over, its yield is the prize of one ticket, drawn with a block hash, and every buyer can withdraw
/// the principal.
///
/// Compile with `pnpm run compile:contracts` in packages/devnet; a test keeps the result up to date.
contract PrizePool {
    enum State { Open, Committed, Settled, Skipped, Failed }
    enum Action { None, Commit, Settle, MarkFailed }

    struct Round {
        State state;
        uint64 salesEndTime;
        uint64 targetBlockNumber;
        uint32 totalTickets;
        uint256 totalPrincipalMON;
        uint256 totalShmonShares;
        uint256 principalSharesAtSettle;
        uint256 prizeShares;
        uint256 shareRateAtSettle;
        address winner;
        uint32 winningTicket;
        bool prizeClaimed;
    }

    /// @dev Tickets from the end of the purchase before it up to `end`, which is excluded.
    struct Purchase {
        address buyer;
        uint32 end;
    }

    /// @dev Principal that is not withdrawn yet and its shares.
    struct Refund {
        uint256 principalMON;
        uint256 shares;
    }

    error BadState();
    error SalesNotEnded();
    error SalesEnded();
    error TooEarly();
    error NoBlockhash();
    error Reentrant();
    error EnforcedPause();
    error NotOwner();
    error WrongPayment();
    error NothingOwed();
    error PaymentFailed();

    event RoundStarted(uint256 indexed roundId, uint64 salesEndTime);
    event RoundCommitted(uint256 indexed roundId, uint64 targetBlockNumber);
    event RoundSettled(
        uint256 indexed roundId,
        address indexed winner,
        uint32 winningTicket,
        uint256 totalPrincipalMON,
        uint256 totalShmonShares,
        uint256 principalShares,
        uint256 prizeShares,
        uint256 shareRateAtSettle
    );
    event RoundSkipped(uint256 indexed roundId);
    event RoundFailed(uint256 indexed roundId);
    event Paused();
    event Unpaused();
    event OwnerTransferStarted(address indexed owner, address indexed pendingOwner);
    event OwnerTransferred(address indexed previousOwner, address indexed owner);
    event TicketPriceUpdated(uint96 previousPrice, uint96 price);
    event TicketsBought(uint256 indexed roundId, address indexed buyer, uint32 count, uint256 paidMON);
    event PrizeClaimed(uint256 indexed roundId, address indexed winner, uint256 shares);
    event PrincipalWithdrawn(uint256 indexed roundId, address indexed account, uint256 paidMON);

    uint64 private constant drawDelayBlocks = 3;
    /// @dev The EVM has the hashes of the last 256 blocks; one is left as a margin.
    uint64 private constant drawWindowBlocks = 255;

    StakedToken public immutable shmon;
    uint64 public immutable roundDurationSec;
    uint64 public immutable yieldPeriodSec;

    uint96 public ticketPrice;
    address public owner;
    address public pendingOwner;
    bool public paused;
    bool private entered;

    uint256 public currentRoundId;
    mapping(uint256 rid => Round) public getRoundInfo;
    mapping(uint256 rid => mapping(address account => uint256 mon)) public principalOf;
    mapping(uint256 rid => Refund) public refundOf;
    mapping(uint256 rid => Purchase[]) private purchases;

    modifier nonReentrant() {
        if (entered) revert Reentrant();
        entered = true;
        _;
        entered = false;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    /// @param firstOpening When the first round's window starts; 0 means now. It lines a pool up with a schedule.
    constructor(
        StakedToken shmon_,
        address owner_,
        uint96 ticketPrice_,
        uint64 roundDurationSec_,
        uint64 yieldPeriodSec_,
        uint64 firstOpening
    ) {
        shmon = shmon_;
        owner = owner_;
        ticketPrice = ticketPrice_;
        roundDurationSec = roundDurationSec_;
        yieldPeriodSec = yieldPeriodSec_;
        _openRound(firstOpening == 0 ? uint64(block.timestamp) : firstOpening);
    }

    /// @dev Receives the MON that the staked token pays for shares.
    receive() external payable {
        if (msg.sender != address(shmon)) revert WrongPayment();
    }

    // ---- Rounds: any account may drive them ----

    /// @notice The first round, from the oldest, with a due action; the current round and None when there is
    /// none.
    function nextExecutable() external view returns (uint256 rid, Action action) {
        for (rid = 1; rid <= currentRoundId; rid++) {
            action = _due(rid);
            if (action != Action.None) return (rid, action);
        }
        return (currentRoundId, Action.None);
    }

    function getCommitAfterTime(uint256 rid) public view returns (uint64) {
        return getRoundInfo[rid].salesEndTime + yieldPeriodSec;
    }

    /// @notice Ends an open round and opens the next, whose window starts now.
    function commit(uint256 rid) external nonReentrant {
        Round storage round = getRoundInfo[rid];
        // A round that does not exist is not open either, though its state reads 0.
        if (rid == 0 || rid > currentRoundId || round.state != State.Open) revert BadState();
        if (block.timestamp < round.salesEndTime) revert SalesNotEnded();
        if (block.timestamp < getCommitAfterTime(rid)) revert TooEarly();
        if (round.totalTickets == 0) {
            round.state = State.Skipped;
            emit RoundSkipped(rid);
        } else {
            round.state = State.Committed;
            round.targetBlockNumber = uint64(block.number) + drawDelayBlocks;
            emit RoundCommitted(rid, round.targetBlockNumber);
        }
        _openRound(uint64(block.timestamp));
    }

    /// @notice Draws the winner of a committed round; marks it failed when the target's hash is no longer
    /// available.
    function settle(uint256 rid) external nonReentrant {
        Round storage round = getRoundInfo[rid];
        if (round.state != State.Committed) revert BadState();
        if (block.number <= round.targetBlockNumber) revert TooEarly();
        if (_isPastWindow(round)) {
            round.state = State.Failed;
            refundOf[rid] = Refund(round.totalPrincipalMON, round.totalShmonShares);
            emit RoundFailed(rid);
            return;
        }
        bytes32 hash = blockhash(round.targetBlockNumber);
        if (hash == 0) revert NoBlockhash();
        round.state = State.Settled;
        round.winningTicket = uint32(uint256(keccak256(abi.encode(hash, address(this), rid))) % round.totalTickets);
        round.winner = _holderOf(rid, round.winningTicket);
        uint256 needed = shmon.sharesFor(round.totalPrincipalMON);
        // Staking rounds down: with no yield the shares can be worth a wei less than what was paid.
        round.principalSharesAtSettle = needed < round.totalShmonShares ? needed : round.totalShmonShares;
        round.prizeShares = round.totalShmonShares - round.principalSharesAtSettle;
        round.shareRateAtSettle = shmon.rate();
        refundOf[rid] = Refund(round.totalPrincipalMON, round.principalSharesAtSettle);
        emit RoundSettled(
            rid,
            round.winner,
            round.winningTicket,
            round.totalPrincipalMON,
            round.totalShmonShares,
            round.principalSharesAtSettle,
            round.prizeShares,
            round.shareRateAtSettle
        );
    }

    // ---- Actions of users ----

    function buyTickets(uint32 count) external payable nonReentrant {
        if (paused) revert EnforcedPause();
        uint256 rid = currentRoundId;
        Round storage round = getRoundInfo[rid];
        if (block.timestamp >= round.salesEndTime) revert SalesEnded();
        if (count == 0 || msg.value != uint256(ticketPrice) * count) revert WrongPayment();
        round.totalTickets += count;
        round.totalPrincipalMON += msg.value;
        round.totalShmonShares += shmon.stake{value: msg.value}();
        principalOf[rid][msg.sender] += msg.value;
        purchases[rid].push(Purchase(msg.sender, round.totalTickets));
        emit TicketsBought(rid, msg.sender, count, msg.value);
    }

    /// @notice Claims the winner's prize, in shares.
    function claimPrize(uint256 rid) external nonReentrant {
        Round storage round = getRoundInfo[rid];
        if (round.state != State.Settled) revert BadState();
        if (msg.sender != round.winner || round.prizeClaimed) revert NothingOwed();
        round.prizeClaimed = true;
        emit PrizeClaimed(rid, msg.sender, round.prizeShares);
        shmon.transfer(msg.sender, round.prizeShares);
    }

    /// @notice Withdraws the caller's principal of a round that is settled or failed, in MON. The last caller
    /// gets the rounding.
    function withdrawPrincipal(uint256 rid) external nonReentrant {
        State state = getRoundInfo[rid].state;
        if (state != State.Settled && state != State.Failed) revert BadState();
        uint256 principal = principalOf[rid][msg.sender];
        if (principal == 0) revert NothingOwed();
        Refund storage refund = refundOf[rid];
        uint256 shares = refund.shares * principal / refund.principalMON;
        refund.principalMON -= principal;
        refund.shares -= shares;
        principalOf[rid][msg.sender] = 0;
        uint256 mon = shmon.unstake(shares);
        emit PrincipalWithdrawn(rid, msg.sender, mon);
        (bool paid,) = msg.sender.call{value: mon}("");
        if (!paid) revert PaymentFailed();
    }

    // ---- The owner ----

    function setTicketPrice(uint96 price) external onlyOwner {
        emit TicketPriceUpdated(ticketPrice, price);
        ticketPrice = price;
    }

    /// @notice Stops ticket sales; rounds continue.
    function pause() external onlyOwner {
        if (paused) revert EnforcedPause();
        paused = true;
        emit Paused();
    }

    function unpause() external onlyOwner {
        if (!paused) revert BadState();
        paused = false;
        emit Unpaused();
    }

    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnerTransferStarted(owner, newOwner);
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner();
        emit OwnerTransferred(owner, msg.sender);
        owner = msg.sender;
        pendingOwner = address(0);
    }

    // ---- Inside ----

    function _openRound(uint64 opening) private {
        uint256 rid = ++currentRoundId;
        getRoundInfo[rid].salesEndTime = opening + roundDurationSec;
        emit RoundStarted(rid, getRoundInfo[rid].salesEndTime);
    }

    function _due(uint256 rid) private view returns (Action) {
        Round storage round = getRoundInfo[rid];
        if (round.state == State.Open && block.timestamp >= getCommitAfterTime(rid)) return Action.Commit;
        if (round.state != State.Committed || block.number <= round.targetBlockNumber) return Action.None;
        return _isPastWindow(round) ? Action.MarkFailed : Action.Settle;
    }

    function _isPastWindow(Round storage round) private view returns (bool) {
        return block.number > round.targetBlockNumber + drawWindowBlocks;
    }

    /// @dev The first purchase that ends above the ticket.
    function _holderOf(uint256 rid, uint32 ticket) private view returns (address) {
        Purchase[] storage list = purchases[rid];
        uint256 low = 0;
        uint256 high = list.length - 1;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (list[middle].end > ticket) high = middle;
            else low = middle + 1;
        }
        return list[low].buyer;
    }
}
